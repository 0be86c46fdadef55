/** The part of the fake that answers for rules. */
import { read } from '../../../rule/form';
import { parse } from '../../../rule/text';
import type {
  AlertRow,
  DraftView,
  EditView,
  EventView,
  ExplainedView,
  FileView,
  PreviewSpec,
  PreviewView,
  RuleCheckView,
  RuleDetailsView,
  RuleRow,
  RuleState,
  SavedRuleView,
  SaveRuleSpec,
  SuggestionsView,
  ValueCount,
  WhyView,
} from '../../client';
import { ClientError } from '../../errors';
import { fileOf } from '../keeping';
import { Listeners } from '../listeners';
import { type FakeOptions, World } from '../world';
import { RuleBook } from './book';
import { check } from './check';
import { nextRuns } from './clock';
import { editsOf } from './edits';
import { effectOf, type Judged, suggestionsOf } from './effect';
import { type FakeEvent, makeEvents, type Value } from './events';
import { eventView, explain } from './explain';
import { isOf, RULE_FIELDS, VALUE_LISTS } from './fields';
import { said } from './match';
import { manySeeds, SEEDS } from './seeds';
import { TEMPLATES } from './templates';

/** Alerts that rules look at, at most. */
const MOST_ALERTS = 2_000;
/** Ids of events that are kept with a firing. */
const MOST_IDS = 100;

export class RuleWorld extends World {
  protected rulesChanged = new Listeners<void>();
  readonly book: RuleBook;
  #traffic: FakeEvent[];
  #events: { key: string; list: FakeEvent[] } | null = null;
  #drafts = new Map<string, DraftView>();

  constructor(options: FakeOptions = {}) {
    super(options);
    const { rules, fired = 0 } = options;
    this.#traffic = makeEvents(this.now());
    const seeds = rules === undefined ? SEEDS : manySeeds(rules);
    this.book = new RuleBook(
      seeds,
      () => this.#stored(),
      () => this.now(),
    );
    if (fired > 0) this.plantFired(fired);
  }

  /** Everything that rules look at, the oldest first. A vendor's alert is an event too. */
  #stored(): readonly FakeEvent[] {
    const key = `${this.alerts.size} ${this.lastId}`;
    if (this.#events?.key === key) return this.#events.list;
    const alerts = [...this.alerts.values()]
      .filter(({ origin }) => origin === 'vendor')
      .slice(0, MOST_ALERTS)
      .map(({ row, entities, tactic }): FakeEvent => {
        const texts: Record<string, string | null | undefined> = {
          severity: row.severity,
          category: row.category,
          alert_type: row.alertType,
          status: row.status,
          tactic,
          source: row.source,
          username: entities.username[0],
          client_ip: entities.clientIp[0],
          api_key_id: entities.apiKeyId[0],
          endpoint: entities.endpoint[0],
          hostname: entities.hostname[0],
        };
        const known = Object.entries(texts).filter((entry): entry is [string, Value & string] => Boolean(entry[1]));
        return { id: row.id, time: row.time, kind: 'alert', source: row.source, fields: Object.fromEntries(known) };
      });
    const list = [...this.#traffic, ...alerts].toSorted((a, b) => a.time - b.time);
    this.#events = { key, list };
    return list;
  }

  /** Alerts that the live rules raised, the newest; answers their ids. */
  plantFired(count: number): string[] {
    const live = this.book.rows().filter(({ state }) => state === 'live');
    const fired = live
      .flatMap((row) => this.book.judged(row.name).map((one) => ({ row, one })))
      .toSorted((a, b) => b.one.firing.at - a.one.firing.at);
    // Some of each rule, so that the noisy one does not take every place.
    const each = Math.ceil(count / Math.max(1, live.length));
    const taken = live.flatMap(({ name }) => fired.filter(({ row }) => row.name === name).slice(0, each));
    return taken.slice(0, count).map(({ row, one }) => this.#raise(row, one));
  }

  #raise(rule: RuleRow, { firing, label }: Judged): string {
    const closed = label !== null;
    const change: Partial<AlertRow> = {
      title: rule.name,
      severity: rule.severity,
      alertType: 'Rule',
      category: null,
      entity: firing.group.split('=')[1] ?? null,
      status: closed ? 'closed' : 'new',
      closeReason: label,
      occurrences: firing.occurrences,
      snoozedUntil: null,
    };
    const alert = this.store({ name: 'rules', kind: 'rules' }, firing.at, closed, change);
    const of = (field: string): string[] => [...new Set(firing.events.flatMap((event) => said(event, field)))];
    this.alerts.set(alert.row.id, {
      ...alert,
      origin: 'rule',
      rule: rule.name,
      tags: rule.tags,
      description: rule.description,
      sourceSeverity: null,
      sourceStatus: null,
      notes: null,
      entities: {
        clientIp: of('client_ip'),
        username: of('username'),
        apiKeyId: of('api_key_id'),
        endpoint: of('endpoint'),
        hostname: of('hostname'),
      },
      payload: JSON.stringify([
        { group: firing.group, value: firing.value, events: firing.events.map(({ id }) => id) },
      ]),
    });
    this.book.raised.set(`${rule.name} ${firing.at}`, alert.row.id);
    return alert.row.id;
  }

  #document(text: string): ReturnType<typeof read> & { valid: boolean } {
    const { doc } = parse(text);
    return { ...read(doc ?? {}), valid: check(text).valid };
  }

  #told<T>(answer: T): T {
    this.rulesChanged.tell();
    return answer;
  }

  listRules(): Promise<RuleRow[]> {
    return this.answer('listRules', () => this.book.rows());
  }

  getRule(name: string): Promise<RuleDetailsView> {
    return this.answer('getRule', () => this.book.details(name));
  }

  checkRule(document: string): Promise<RuleCheckView> {
    return this.answer('checkRule', () => check(document));
  }

  previewRule(spec: PreviewSpec): Promise<PreviewView> {
    return this.answer('previewRule', () => {
      const checked = check(spec.document);
      const { rule } = spec;
      const taken = this.book
        .names()
        .some((name) => name.toLowerCase() === checked.name?.toLowerCase() && name !== rule);
      if (taken) {
        const reason = `there is a rule “${checked.name ?? ''}” already`;
        checked.warnings.push({ path: '$.name', reason, remedy: 'choose another name' });
      }
      if (!checked.valid) return { check: checked, effect: null, nextRuns: [] };
      const form = read(parse(spec.document).doc ?? {});
      const events = this.#stored();
      const known =
        rule === null ? null : { firings: this.book.firingsOf(this.book.doc(rule)), judged: this.book.judged(rule) };
      const effect = effectOf(form, events, spec, known);
      return { check: checked, effect, nextRuns: nextRuns(form.window, this.now()) };
    });
  }

  suggestRule(document: string, budget: number): Promise<SuggestionsView> {
    return this.answer('suggestRule', () => {
      const { valid, ...form } = this.#document(document);
      if (!valid) throw new ClientError('invalid', 'The rule cannot be used yet: correct it first.', 'document');
      const judged = this.book.names().includes(form.name) ? this.book.judged(form.name) : [];
      return suggestionsOf(form, this.#stored(), budget, judged);
    });
  }

  ruleFields() {
    return this.answer('ruleFields', () => RULE_FIELDS);
  }

  valueLists() {
    return this.answer('valueLists', () => VALUE_LISTS);
  }

  ruleValues(field: string, part: string, limit: number): Promise<ValueCount[]> {
    return this.answer('ruleValues', () => {
      const counts = new Map<string, number>();
      const wanted = part.toLowerCase();
      for (const event of this.#stored()) {
        for (const text of said(event, field)) {
          if (text.toLowerCase().includes(wanted)) counts.set(text, (counts.get(text) ?? 0) + 1);
        }
      }
      const found = [...counts].map(([value, count]) => ({ value, count }));
      return found.toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1)).slice(0, limit);
    });
  }

  saveRule(spec: SaveRuleSpec): Promise<SavedRuleView> {
    return this.answer('saveRule', () => this.#told(this.book.save(spec)));
  }

  setRuleState(name: string, state: RuleState): Promise<RuleRow> {
    return this.answer('setRuleState', () => this.#told(this.book.setState(name, state)));
  }

  removeRule(name: string): Promise<void> {
    return this.answer('removeRule', () => this.#told(this.book.remove(name)));
  }

  unremoveRule(name: string): Promise<RuleRow> {
    return this.answer('unremoveRule', () => this.#told(this.book.unremove(name)));
  }

  restoreVersion(name: string, number: number): Promise<SavedRuleView> {
    return this.answer('restoreVersion', () => this.#told(this.book.restore(name, number)));
  }

  discardCandidate(name: string): Promise<RuleRow> {
    return this.answer('discardCandidate', () => this.#told(this.book.discardCandidate(name)));
  }

  explainRule(document: string, event: string): Promise<ExplainedView> {
    return this.answer('explainRule', () => {
      const { doc } = parse(document);
      const events = this.#stored();
      const found = events.find(({ id }) => id === event);
      if (found === undefined) throw new ClientError('not-found', `There is no event “${event}” here.`, 'event');
      if (doc === null) throw new ClientError('invalid', 'The rule cannot be read: correct it first.', 'document');
      return explain(doc, events, found);
    });
  }

  recentEvents(document: string, limit: number): Promise<EventView[]> {
    return this.answer('recentEvents', () => {
      const form = this.#document(document);
      const seen = this.#stored().filter(({ kind }) => form.conditions.every(({ type }) => isOf(type, kind)));
      return seen
        .slice(-limit)
        .toReversed()
        .map((event) => eventView(event, form));
    });
  }

  /** The rule's firing behind an alert. */
  #behind(name: string, alert: string): Judged {
    const found = this.book.judged(name).find((one) => one.alert === alert);
    if (found === undefined) throw new ClientError('not-found', 'This rule did not raise that alert.', 'alert');
    return found;
  }

  whatIf(name: string, alert: string): Promise<EditView[]> {
    return this.answer('whatIf', () =>
      editsOf(this.book.doc(name), this.#stored(), this.#behind(name, alert), this.book.judged(name)),
    );
  }

  whyAlert(id: string): Promise<WhyView[]> {
    return this.answer('whyAlert', () => {
      const { rule } = this.get(id);
      if (rule === null) throw new ClientError('not-found', 'No rule raised this alert.', 'id');
      const { firing } = this.#behind(rule, id);
      const { row } = this.book.details(rule);
      const form = read(this.book.doc(rule));
      const why: WhyView = {
        rule,
        version: row.version,
        mode: 'live',
        firedAt: firing.at,
        decidedAt: firing.at,
        lastSeen: firing.lastSeen,
        measure: form.measure.kind,
        trigger: form.trigger.kind,
        event: firing.events.at(-1)?.id ?? null,
        group: firing.group,
        windowFrom: firing.start,
        windowTo: firing.end,
        value: firing.value,
        threshold: firing.threshold,
        occurrences: firing.occurrences,
        events: firing.events.slice(0, MOST_IDS).map((event) => event.id),
        eventsTotal: firing.events.length,
        conditions: form.conditions.map(({ type, values, isNot }, at) => ({
          path: `$.conditions[${at}]`,
          field: type,
          holds: true,
          reason: `${type} is ${isNot ? 'not ' : ''}${values.join(' or ')}`,
        })),
      };
      return [why];
    });
  }

  listTemplates() {
    return this.answer('listTemplates', () => TEMPLATES);
  }

  listDrafts(): Promise<DraftView[]> {
    return this.answer('listDrafts', () => [...this.#drafts.values()].toSorted((a, b) => b.updatedAt - a.updatedAt));
  }

  saveDraft(key: string, text: string): Promise<void> {
    return this.answer('saveDraft', () => void this.#drafts.set(key, { key, text, updatedAt: this.now() }));
  }

  removeDraft(key: string): Promise<void> {
    return this.answer('removeDraft', () => void this.#drafts.delete(key));
  }

  exportRules(names: string[], format: 'json' | 'yaml'): Promise<FileView> {
    return this.answer('exportRules', () => fileOf(`rules.${format}`, names.length || this.book.names().length));
  }

  onRulesChanged = this.rulesChanged.add;
}
