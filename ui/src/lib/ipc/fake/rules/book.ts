/** The rules that are kept: their versions, how they run, what they did. */
import { type Doc, isShields, read, same } from '../../../rule/form';
import { parse } from '../../../rule/text';
import type {
  AdviceView,
  FiringView,
  RuleDetailsView,
  RuleRow,
  RuleState,
  RuleVersionView,
  SavedRuleView,
  SaveRuleSpec,
} from '../../client';
import { ClientError } from '../../errors';
import { check } from './check';
import { DAY } from './clock';
import type { Judged, Label } from './effect';
import { type FakeFiring, notificationsOf, run } from './evaluate';
import type { FakeEvent } from './events';
import { ago, type Seed } from './seeds';

const WEEK = 7 * DAY;
/** Firings of seven days from which nobody reads them any more. */
const BUSY = 168;

interface Version {
  number: number;
  doc: Doc;
  addedAt: number;
}

interface Kept {
  state: RuleState;
  versions: Version[];
  current: number;
  candidate: number | null;
  createdAt: number;
  updatedAt: number;
  /** Since when it is watched, and until when it was. */
  since: number;
  until: number | null;
  truths: number;
  falses: number;
  error: string | null;
  late: number;
}

/** The same number for the same text. */
function hash(text: string): number {
  let value = 7;
  for (const letter of text) value = (Math.imul(value, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return (value ^ (value >>> 9)) >>> 0;
}

const nameOf = (doc: Doc): string => (typeof doc.name === 'string' ? doc.name : '');
const lower = (name: string): string => name.toLowerCase();
/** How a rule runs is said by a switch; it is no edit. */
const unstated = ({ mode, enable, ...doc }: Doc): Doc => (void [mode, enable], doc);

export class RuleBook {
  #kept = new Map<string, Kept>();
  #removed = new Map<string, Kept>();
  #ran = new Map<string, FakeFiring[]>();
  #events: readonly FakeEvent[] = [];
  /** What happened is judged by how long ago it was then, so that every start tells the same story. */
  readonly #begun: number;
  /** The alert that a firing raised, by rule and moment. */
  readonly raised = new Map<string, string>();

  constructor(
    seeds: readonly Seed[],
    private readonly events: () => readonly FakeEvent[],
    private readonly now: () => number,
  ) {
    this.#begun = now();
    for (const seed of seeds) this.#plant(seed);
  }

  #plant(seed: Seed): void {
    const begun = ago(this.now(), seed.age);
    const all = seed.candidate === undefined ? seed.documents : [...seed.documents, seed.candidate];
    const step = (seed.age * DAY) / 2 / all.length;
    const versions = all.map((doc, at) => ({ number: at + 1, doc, addedAt: begun + at * step }));
    const name = nameOf(all[0] ?? {});
    this.#kept.set(lower(name), {
      state: seed.state,
      versions,
      current: seed.documents.length,
      candidate: seed.candidate === undefined ? null : versions.length,
      createdAt: begun,
      updatedAt: versions.at(-1)?.addedAt ?? begun,
      since: begun,
      until: seed.off === undefined ? null : ago(this.now(), seed.off),
      truths: seed.truths,
      falses: seed.falses,
      error: seed.error ?? null,
      late: seed.late ?? 0,
    });
  }

  #get(name: string): Kept {
    const kept = this.#kept.get(lower(name));
    if (kept === undefined) throw new ClientError('not-found', `There is no rule “${name}” any more.`, 'name');
    return kept;
  }

  #version(kept: Kept, number: number): Version {
    const found = kept.versions.find((version) => version.number === number);
    if (found === undefined) throw new ClientError('not-found', `There is no version ${number}.`, 'number');
    return found;
  }

  /** The document as it runs. */
  doc(name: string): Doc {
    const kept = this.#get(name);
    return this.#version(kept, kept.current).doc;
  }

  // What it did.

  /** Firings of a question, whatever the rule that asks it is called. */
  firingsOf(doc: Doc): FakeFiring[] {
    const events = this.events();
    if (events !== this.#events) this.#ran.clear();
    this.#events = events;
    const { conditions, sources, groupBy, measure, window, trigger, suppressFor } = read(doc);
    const key = JSON.stringify([conditions, sources, groupBy, measure, window, trigger, suppressFor]);
    const known = this.#ran.get(key) ?? run(read(doc), events).firings;
    this.#ran.set(key, known);
    return known;
  }

  /** What was recorded while the rule was watched. */
  recorded(name: string): FakeFiring[] {
    const kept = this.#get(name);
    if (kept.error !== null) return [];
    const until = kept.until ?? Number.POSITIVE_INFINITY;
    return this.firingsOf(this.#version(kept, kept.current).doc).filter(({ at }) => at >= kept.since && at < until);
  }

  /** The firings that raised an alert, with what it was closed as. */
  judged(name: string): Judged[] {
    const kept = this.#get(name);
    if (kept.state === 'shadow') return [];
    return this.recorded(name).map((firing) => {
      const share = hash(`${name} ${firing.group} ${Math.round((this.#begun - firing.at) / 600_000)}`) % 12;
      const { truths, falses } = kept;
      const label: Label =
        share < truths ? 'true-positive' : share < truths + falses ? 'false-positive' : share === 11 ? 'benign' : null;
      return { firing, label, alert: this.raised.get(`${name} ${firing.at}`) ?? `${name}/${firing.at}` };
    });
  }

  // Reading.

  names(): string[] {
    return [...this.#kept.values()].map((kept) => nameOf(this.#version(kept, kept.current).doc));
  }

  rows(): RuleRow[] {
    return this.names()
      .map((name) => this.row(name))
      .toSorted((a, b) => a.name.localeCompare(b.name));
  }

  row(name: string): RuleRow {
    const kept = this.#get(name);
    const { doc } = this.#version(kept, kept.current);
    const form = read(doc);
    const [firings, judged, now] = [this.recorded(form.name), this.judged(form.name), this.now()];
    const week = firings.filter(({ at }) => at > now - WEEK);
    const spark = Array<number>(30).fill(0);
    for (const { at } of firings) {
      const day = 29 - Math.floor((now - at) / DAY);
      if (day >= 0) spark[day] = (spark[day] ?? 0) + 1;
    }
    const labelled = (label: Label): number => judged.filter((one) => one.label === label).length;
    return {
      name: form.name,
      description: form.description,
      severity: form.severity,
      tags: form.tags,
      state: kept.state,
      version: kept.current,
      candidate: kept.candidate,
      errorAt: kept.error === null ? null : this.#begun - 2 * DAY,
      document: JSON.stringify(this.#stated(kept, doc)),
      spark,
      firingsWeek: week.length,
      notificationsWeek: kept.state === 'live' ? notificationsOf(week) : 0,
      truePositives: labelled('true-positive'),
      falsePositives: labelled('false-positive'),
      benign: labelled('benign'),
      lastFiredAt: firings.at(-1)?.at ?? null,
      error: kept.error,
      forgotten: 0,
      late: kept.late,
      advice: this.#advice(kept, firings.at(-1)?.at ?? null, week.length),
      createdAt: kept.createdAt,
      updatedAt: kept.updatedAt,
    };
  }

  #advice(kept: Kept, firedAt: number | null, week: number): AdviceView[] {
    const month = ago(this.now(), 30);
    if (kept.state === 'off') return [];
    if (week >= BUSY) {
      const reason = `it fired ${week} times in the last 7 days, once an hour or more`;
      const remedy = 'raise its threshold, add a condition, or suppress it for longer';
      return [{ code: 'fires-too-often', reason, remedy }];
    }
    if ((firedAt ?? kept.since) > month) return [];
    const reason = firedAt === null ? 'it has not fired for 30 days or more' : 'it last fired 30 days ago or more';
    const remedy = 'run it over stored events, and lower its threshold if it should have fired';
    return [{ code: 'never-fired', reason, remedy }];
  }

  /** The document with how it runs. */
  #stated(kept: Kept, doc: Doc): Doc {
    if (kept.state === 'off') return { ...doc, enable: false };
    const { enable, ...rest } = doc;
    if (rest.thresholdTime !== undefined) return { ...rest, enable: kept.state === 'live' };
    return { ...rest, mode: kept.state, ...(enable === true ? { enable } : {}) };
  }

  details(name: string): RuleDetailsView {
    const kept = this.#get(name);
    const firings = this.recorded(name);
    const versions = kept.versions.toReversed().map((version): RuleVersionView => {
      const next = kept.versions.find((one) => one.number === version.number + 1)?.addedAt ?? Number.POSITIVE_INFINITY;
      const own = firings.filter(({ at }) => at >= version.addedAt && at < next);
      const state =
        version.number === kept.current ? 'current' : version.number === kept.candidate ? 'candidate' : 'past';
      return {
        number: version.number,
        state,
        document: JSON.stringify(this.#stated(kept, version.doc)),
        addedAt: version.addedAt,
        firings: own.length,
        firedAt: own.at(-1)?.at ?? null,
      };
    });
    return { row: this.row(name), versions, firings: this.#firings(name, kept) };
  }

  #firings(name: string, kept: Kept): FiringView[] {
    const alerts = new Map(this.judged(name).map((one) => [one.firing, one.alert]));
    return this.recorded(name)
      .slice(-100)
      .toReversed()
      .map((firing) => ({
        version: kept.current,
        mode: kept.state === 'shadow' ? 'shadow' : 'live',
        firedAt: firing.at,
        lastSeen: firing.lastSeen,
        occurrences: firing.occurrences,
        group: firing.group,
        value: firing.value,
        threshold: firing.threshold,
        alert: alerts.get(firing) ?? null,
        event: firing.events.at(-1)?.id ?? null,
      }));
  }

  // Writing.

  save({ document, rule }: SaveRuleSpec): SavedRuleView {
    const { doc } = parse(document);
    const checked = check(document);
    const [problem] = checked.problems;
    if (doc === null || problem !== undefined) {
      const { path, reason, remedy } = problem ?? { path: '$', reason: 'it cannot be read', remedy: 'correct it' };
      throw new ClientError('invalid', `${path}: ${reason}; ${remedy}.`, path.replace('$.', ''));
    }
    const name = nameOf(doc);
    const taken = this.#kept.has(lower(name)) && lower(name) !== lower(rule ?? '');
    if (taken) throw new ClientError('conflict', `There is a rule “${name}” already: choose another name.`, 'name');
    return rule === null ? this.#make(name, doc) : this.#replace(rule, name, doc);
  }

  #make(name: string, doc: Doc): SavedRuleView {
    const now = this.now();
    // Shield evaluates a disabled rule too, and tells nobody.
    const disabled: RuleState = isShields(doc) ? 'shadow' : 'off';
    const state = doc.enable === false ? disabled : doc.mode === 'shadow' ? 'shadow' : 'live';
    this.#kept.set(lower(name), {
      state,
      versions: [{ number: 1, doc, addedAt: now }],
      current: 1,
      candidate: null,
      createdAt: now,
      updatedAt: now,
      since: now,
      until: null,
      truths: 0,
      falses: 0,
      error: null,
      late: 0,
    });
    return { added: 'new', row: this.row(name) };
  }

  #replace(rule: string, name: string, doc: Doc): SavedRuleView {
    const kept = this.#get(rule);
    const latest = this.#version(kept, kept.candidate ?? kept.current).doc;
    if (same(unstated(latest), unstated(doc))) return { added: 'unchanged', row: this.row(rule) };
    const number = Math.max(...kept.versions.map((version) => version.number)) + 1;
    kept.versions = [...kept.versions, { number, doc, addedAt: this.now() }];
    kept.updatedAt = this.now();
    // What is live stays live as it is until somebody promotes the new version.
    if (kept.state === 'live' && lower(rule) === lower(name)) kept.candidate = number;
    else kept.current = number;
    this.#kept.delete(lower(rule));
    this.#kept.set(lower(name), kept);
    return { added: kept.candidate === number ? 'candidate' : 'replaced', row: this.row(name) };
  }

  setState(name: string, state: RuleState): RuleRow {
    const kept = this.#get(name);
    if (state !== 'off' && kept.candidate !== null) {
      kept.current = kept.candidate;
      kept.candidate = null;
    }
    kept.until = state === 'off' ? (kept.until ?? this.now()) : null;
    kept.state = state;
    kept.updatedAt = this.now();
    return this.row(name);
  }

  discardCandidate(name: string): RuleRow {
    const kept = this.#get(name);
    if (kept.candidate === null) throw new ClientError('not-found', 'No version waits.', 'name');
    kept.candidate = null;
    return this.row(name);
  }

  restore(name: string, number: number): SavedRuleView {
    const { doc } = this.#version(this.#get(name), number);
    return this.save({ document: JSON.stringify(doc), rule: name });
  }

  remove(name: string): void {
    this.#removed.set(lower(name), this.#get(name));
    this.#kept.delete(lower(name));
  }

  unremove(name: string): RuleRow {
    const kept = this.#removed.get(lower(name));
    if (kept === undefined) throw new ClientError('not-found', `“${name}” was not removed.`, 'name');
    if (this.#kept.has(lower(name))) {
      throw new ClientError('conflict', `There is a rule “${name}” again: rename it first.`, 'name');
    }
    this.#removed.delete(lower(name));
    this.#kept.set(lower(name), kept);
    return this.row(name);
  }
}
