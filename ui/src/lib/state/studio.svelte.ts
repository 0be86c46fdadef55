/**
 * The rule studio: one rule that is being edited, as a form and as text, with what it would do on what is stored.
 *
 * The document is the truth; the form is a view of it, and the text is how it is written. Whatever is typed goes into a
 * draft at once, which a crash leaves behind.
 */
import type {
  Client,
  EffectView,
  PreviewView,
  RuleCheckView,
  RuleDetailsView,
  RuleState,
  SavedRuleView,
} from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import { blank, type Doc, type Form, type Part, read, same, without, write } from '../rule/form';
import type { FieldRegistry } from '../rule/fields.svelte';
import { type Flaw, flaws } from '../rule/problems';
import { edit, parse, type Parsed, print } from '../rule/text';
import { unsaid } from '../rule/unsaid';
import { number } from '../text/words';
import { Pump } from './pump';
import type { Toasts } from './toasts.svelte';

const DAY = 86_400_000;
/** Stretches of history to choose from, in days; 0 is all of it. */
export const STRETCHES = [7, 30, 90, 0] as const;
export type Stretch = (typeof STRETCHES)[number];
/** Edits of the same kind this close together, in ms, are undone together. */
const TOGETHER = 1_000;
/** Most steps that can be undone. */
const MOST_STEPS = 200;

/** What a draft holds. */
interface Draft {
  rule: string | null;
  text: string;
}

interface Step {
  text: string;
  what: string;
  at: number;
}

export type Panel = 'effect' | 'why' | 'text' | 'versions' | 'tests';
export const SECTIONS = ['intent', 'conditions', 'window', 'noise', 'notify', 'review'] as const;
export type SectionName = (typeof SECTIONS)[number];

export class Studio {
  /** Whether it is on the screen. */
  shown = $state(false);
  /** The kept rule that is edited; none is a new one. */
  rule = $state<string | null>(null);
  details = $state.raw<RuleDetailsView | null>(null);
  /** What is kept, or what a new rule begins with. */
  base = $state.raw<Doc>(blank());
  doc = $state.raw<Doc>(blank());
  /** The document as text, as a person writes it. */
  text = $state('');
  parsed = $state.raw<Parsed>(parse(''));
  panel = $state<Panel>('effect');
  section = $state<SectionName>('intent');
  stretch = $state<Stretch>(90);
  /** What the numbers on the screen are about. */
  preview = $state.raw<PreviewView | null>(null);
  previewed = $state.raw<Doc | null>(null);
  error = $state<ClientError | null>(null);
  loading = $state(false);
  saving = $state(false);
  /** What the draft holds is kept for good. */
  kept = $state(true);
  /** Why the draft could not be kept. */
  unkept = $state<ClientError | null>(null);
  /** Changes of an earlier time were found: when they were written. */
  restored = $state<number | null>(null);
  /** What the numbers on the screen are about, in ms. */
  range = $state.raw({ from: 0, to: 0 });

  readonly form = $derived<Form>(read(this.doc));
  readonly dirty = $derived(!same(this.doc, this.base) || this.parsed.doc === null);
  /** The numbers are about an earlier document. */
  readonly provisional = $derived(this.previewed !== this.doc);
  readonly check = $derived<RuleCheckView | null>(this.preview?.check ?? null);
  /** Parts of the form that were left: what is not said there is missing from then on. */
  #left = $state.raw<ReadonlySet<string>>(new Set());
  readonly flaws = $derived<Flaw[]>(
    flaws(this.check, this.previewed === null ? [] : unsaid(read(this.previewed)), unsaid(this.form), (part) =>
      this.#left.has(part),
    ),
  );
  /** Of what could be read last: while a condition is half written the numbers of before stay. */
  #lastEffect = $state.raw<EffectView | null>(null);
  readonly effect = $derived<EffectView | null>(this.preview?.effect ?? this.#lastEffect);
  /** The numbers are those of before: what stands here is no whole rule. */
  readonly held = $derived(this.preview !== null && this.preview.effect === null && this.#lastEffect !== null);
  readonly state = $derived<RuleState | 'new'>(this.details === null ? 'new' : asState(this.details.row.state));

  #key = '';
  #asked = { to: 0 };
  #steps: Step[] = [];
  #undone: string[] = [];
  #previews: Pump<Doc>;
  #drafts: Pump<string>;

  constructor(
    private readonly client: Client,
    readonly fields: FieldRegistry,
    private readonly toasts: Toasts,
    private readonly now: () => number = Date.now,
  ) {
    this.#previews = new Pump((doc) => this.#preview(doc));
    this.#drafts = new Pump((text) => this.#keep(text));
  }

  /** Opens a kept rule, with what of it was not saved the last time. */
  async open(name: string): Promise<void> {
    this.#begin(`rule:${name}`, name);
    this.loading = true;
    try {
      const [details, draft] = await Promise.all([this.client.getRule(name), this.#draft()]);
      if (this.rule !== name) return;
      this.details = details;
      this.base = documentOf(details);
      this.#take(draft ?? print(this.base));
    } catch (thrown) {
      if (this.rule === name) this.error = toClientError(thrown);
    } finally {
      this.loading = false;
    }
  }

  /** Begins a new rule with a document; it is a draft from then on. */
  begin(doc: Doc = blank(), key = `new:${this.now()}`): void {
    this.#begin(key, null);
    this.base = blank();
    this.#take(print(doc));
    if (!same(doc, this.base)) this.#drafts.push(this.text);
  }

  /** Goes on with a rule that was never saved. */
  resume(key: string, text: string, at: number): void {
    this.#begin(key, null);
    this.base = blank();
    this.restored = at;
    this.#take(draftOf(text)?.text ?? text);
  }

  /** Leaves the studio; the draft stays until it is saved or thrown away. */
  close(): void {
    this.shown = false;
    this.#previews.clear();
  }

  #begin(key: string, rule: string | null): void {
    this.#key = key;
    this.rule = rule;
    this.details = null;
    this.preview = null;
    this.previewed = null;
    this.#lastEffect = null;
    this.error = null;
    this.restored = null;
    this.unkept = null;
    this.kept = true;
    this.panel = 'effect';
    this.section = 'intent';
    this.#left = new Set();
    this.#steps = [];
    this.#undone = [];
    this.shown = true;
    this.choose(this.stretch, false);
    void this.fields.load();
    void this.fields.loadLists();
  }

  async #draft(): Promise<string | null> {
    const key = this.#key;
    const found = (await this.client.listDrafts()).find((draft) => draft.key === key);
    if (found === undefined) return null;
    this.restored = found.updatedAt;
    return draftOf(found.text)?.text ?? found.text;
  }

  /** Takes a text as it is, also one that is no rule yet. */
  #take(text: string): void {
    this.text = text;
    this.parsed = parse(text);
    this.doc = this.parsed.doc ?? this.base;
    if (this.parsed.doc === null) this.panel = 'text';
    this.#previews.push(this.doc);
  }

  // Editing.

  /** Changes a part of the form. Edits of the same `what` in a row are undone together. */
  set<P extends Part>(part: P, value: Form[P], what: string = part): void {
    this.change(write({ ...this.form, [part]: value }, this.doc), what);
  }

  setAll(form: Form, what: string): void {
    this.change(write(form, this.doc), what);
  }

  removeCondition(at: number): void {
    const { conditions } = this.form;
    // The last place is empty now: whoever adds one there begins anew.
    this.enter(`conditions[${conditions.length - 1}]`);
    this.set('conditions', conditions.toSpliced(at, 1), 'remove a condition');
  }

  /** Puts another document in the place of this one. */
  change(doc: Doc, what: string): void {
    // While the text cannot be read the form waits: an edit of it would throw the text away.
    if (same(doc, this.doc) || this.parsed.doc === null) return;
    this.#remember(what);
    this.text = edit(this.text, this.doc, doc);
    this.parsed = parse(this.text);
    this.#moved(doc);
  }

  /** A part of the form was left, with something said there or not. */
  leave(part: string): void {
    if (!this.#left.has(part)) this.#left = new Set([...this.#left, part]);
  }
  /** It was to be saved, or is written as text: whatever is not said by now is missing. */
  #leaveAll(): void {
    this.#left = new Set([...this.#left, ...unsaid(this.form).map(({ part }) => part)]);
  }
  /** A part is new: nobody was there yet. */
  enter(part: string): void {
    if (this.#left.has(part)) this.#left = new Set([...this.#left].filter((one) => one !== part));
  }

  /** The text was edited: the form follows as soon as it can be read. */
  write(text: string): void {
    this.#remember('text');
    this.text = text;
    this.parsed = parse(text);
    this.#moved(this.parsed.doc ?? this.doc);
    this.#leaveAll();
  }

  #remember(what: string): void {
    const at = this.now();
    const last = this.#steps.at(-1);
    this.#undone = [];
    // What belongs to one drag is one edit, however slow it was.
    if (last?.what === what && (at - last.at < TOGETHER || what.startsWith('drag '))) {
      last.at = at;
      return;
    }
    this.#steps = [...this.#steps, { text: this.text, what, at }].slice(-MOST_STEPS);
  }

  #moved(doc: Doc): void {
    this.doc = doc;
    this.kept = false;
    this.#drafts.push(this.text);
    if (this.previewed !== doc) this.#previews.push(doc);
  }

  undo(): void {
    const step = this.#steps.pop();
    if (step === undefined) return;
    this.#undone.push(this.text);
    this.#goTo(step.text);
  }

  redo(): void {
    const text = this.#undone.pop();
    if (text === undefined) return;
    this.#steps.push({ text: this.text, what: 'redo', at: 0 });
    this.#goTo(text);
  }

  #goTo(text: string): void {
    this.text = text;
    this.parsed = parse(text);
    const { doc } = this.parsed;
    // The same document stays the same: its numbers stand there already.
    this.#moved(doc === null || same(doc, this.doc) ? this.doc : same(doc, this.base) ? this.base : doc);
  }

  /** Gives up a text that cannot be read for the last one that could. */
  backToReadable(): void {
    this.#remember('text');
    this.text = print(this.doc);
    this.parsed = parse(this.text);
    this.#moved(this.doc);
  }

  // Numbers.

  /** Looks at the last so many days. */
  choose(stretch: Stretch, again = true): void {
    this.stretch = stretch;
    this.#asked = { to: Math.ceil((this.now() + 1) / 60_000) * 60_000 };
    if (this.preview === null) this.range = { from: this.#start(null), to: this.#asked.to };
    if (again) this.refresh();
  }

  /** Asks again: something came in, or the rule runs otherwise. */
  refresh(): void {
    if (this.shown) this.#previews.push(this.doc);
  }

  async #preview(doc: Doc): Promise<void> {
    const { to } = this.#asked;
    const from = this.#start(this.effect?.first ?? null);
    const spec = { document: JSON.stringify(doc), rule: this.rule, from, to, buckets: BARS };
    try {
      const preview = await this.client.previewRule(spec);
      if (!this.shown) return;
      this.preview = preview;
      this.#lastEffect = preview.effect ?? this.#lastEffect;
      this.previewed = doc;
      this.range = { from, to };
      this.error = null;
      // Where history begins is known now.
      if (this.#start(this.effect?.first ?? null) !== from) this.#previews.push(doc);
    } catch (thrown) {
      this.error = toClientError(thrown);
    }
  }

  /** What another document would have done in the same time; none where it cannot be used. */
  async effectOf(document: string): Promise<EffectView | null> {
    const spec = { document, rule: this.rule, from: this.range.from, to: this.range.to, buckets: 1 };
    return (await this.client.previewRule(spec)).effect;
  }

  /** Time before the first event says nothing: what is looked at begins with its day at the earliest. */
  #start(first: number | null): number {
    const { to } = this.#asked;
    const asked = this.stretch === 0 ? 0 : to - this.stretch * DAY;
    if (first === null || first >= to) return this.stretch === 0 ? to - 90 * DAY : asked;
    return Math.max(asked, Math.floor(first / DAY) * DAY);
  }

  /** Settles when the numbers are about the document as it is. */
  async settled(): Promise<void> {
    await this.#previews.idle();
    await this.#drafts.idle();
  }

  async #keep(text: string): Promise<void> {
    try {
      await this.client.saveDraft(this.#key, JSON.stringify({ rule: this.rule, text } satisfies Draft));
      this.kept = true;
      this.unkept = null;
    } catch (thrown) {
      this.unkept = toClientError(thrown);
    }
  }

  // Keeping.

  /** Tries once more to keep the draft. */
  keepAgain(): void {
    this.#drafts.push(this.text);
  }

  /** Throws away what was not saved. */
  async discard(): Promise<void> {
    this.#drafts.clear();
    await this.#drafts.idle();
    await this.client.removeDraft(this.#key);
    this.restored = null;
    if (this.rule === null) this.close();
    else this.#take(print(this.base));
    this.#steps = [];
    this.kept = true;
  }

  /** Why what stands here cannot be saved. */
  #refused(): string | null {
    // The form shows the last that could be read: saving that would lose what is being written.
    if (this.parsed.doc === null) return 'the text cannot be read yet.';
    const [first, ...rest] = this.flaws;
    if (first === undefined) return null;
    return rest.length === 0 ? first.words : `${number(rest.length + 1)} things are missing or wrong.`;
  }

  /** Saves the document; answers what that did, or null where it could not. */
  async save(): Promise<SavedRuleView | null> {
    if (this.saving) return null;
    this.saving = true;
    try {
      await this.settled();
      const refused = this.#refused();
      if (refused !== null) {
        this.#leaveAll();
        this.toasts.show({ text: `Not saved: ${refused}`, tone: 'danger' });
        return null;
      }
      const saved = await this.client.saveRule({ document: JSON.stringify(this.doc), rule: this.rule });
      await this.client.removeDraft(this.#key);
      this.rule = saved.row.name;
      this.#key = `rule:${saved.row.name}`;
      this.restored = null;
      this.kept = true;
      await this.reload();
      return saved;
    } catch (thrown) {
      const { message } = toClientError(thrown);
      this.toasts.show({ text: message, tone: 'danger' });
      return null;
    } finally {
      this.saving = false;
    }
  }

  /** Reads the rule again, after it was saved or runs otherwise. */
  async reload(): Promise<void> {
    const name = this.rule;
    if (name === null || !this.shown) return;
    try {
      const details = await this.client.getRule(name);
      if (this.rule !== name) return;
      const untouched = !this.dirty;
      this.details = details;
      this.base = documentOf(details);
      // As it runs is part of the document: the switch of the list turns it.
      if (untouched || same(unstated(this.doc), unstated(this.base))) {
        this.text = untouched && same(this.doc, this.base) ? this.text : edit(this.text, this.doc, this.base);
        this.parsed = parse(this.text);
        this.doc = this.base;
      }
      this.refresh();
    } catch (thrown) {
      this.error = toClientError(thrown);
    }
  }

  async setState(state: RuleState): Promise<void> {
    if (this.rule === null) return;
    try {
      await this.client.setRuleState(this.rule, state);
      await this.reload();
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }
}

/** Bars of the history strip that are asked for. */
export const BARS = 360;

function asState(word: string): RuleState {
  return word === 'off' || word === 'live' ? word : 'shadow';
}

/** How a rule runs is said by a switch, not by an edit. */
function unstated(doc: Doc): Doc {
  return without(doc, 'mode', 'enable');
}

/** What is edited of a kept rule: the version that waits, if there is one. */
export function documentOf(details: RuleDetailsView): Doc {
  const waiting = details.versions.find((version) => version.state === 'candidate');
  return JSON.parse(waiting?.document ?? details.row.document) as Doc;
}

function draftOf(text: string): Draft | null {
  try {
    return JSON.parse(text) as Draft;
  } catch {
    return null;
  }
}
