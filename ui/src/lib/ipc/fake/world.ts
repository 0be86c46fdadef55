/** What the fake holds: alerts, sources, quarantine, settings; who is told; and what tests steer it with. */
import { orderOf } from '../../state/pages';
import type {
  ActionDone,
  AlertDetails,
  AlertRow,
  AlertsChanged,
  Client,
  CommandName,
  EngineStatus,
  OpenAlert,
  QuarantineView,
  SourceView,
} from '../client';
import { ClientError } from '../errors';
import { filledWith, sourceWith, troubleOf, unread } from './hostile';
import { type FakeAlert, makeAlert, type Origin } from './generate';
import { SETTINGS } from './keeping';
import { Listeners } from './listeners';
import { parseQuery } from './query';
import { Random } from './random';
import { makeQuarantine, makeSource, REFUSED } from './sources';
import { FakeViews } from './views';

export interface FakeOptions {
  /** How many alerts to begin with. */
  alerts?: number;
  /** Whether the three sources are there. */
  sources?: boolean;
  /** How many rules to begin with; without, one of each sort. */
  rules?: number | undefined;
  /** How many alerts of rules to begin with, besides. */
  fired?: number;
  /** The clock, in ms. */
  now?: () => number;
}

/** What an action changed, and how to take it back. */
export interface Change {
  before: Map<string, AlertDetails>;
  after: Map<string, number>;
  what: string;
}

const HOUR = 3_600_000;

export class World {
  protected now: () => number;
  protected random = new Random(20_261_122);
  protected alerts = new Map<string, FakeAlert>();
  protected sorted = new Map<string, FakeAlert[]>();
  protected sources: SourceView[] = [];
  protected quarantine: QuarantineView[] = [];
  protected changes = new Map<string, Change>();
  protected failures = new Map<keyof Client, ClientError>();
  protected lastId = 0;
  protected alertsChanged = new Listeners<AlertsChanged>();
  protected sourcesChanged = new Listeners<void>();
  protected engineChanged = new Listeners<void>();
  protected actionDone = new Listeners<ActionDone>();
  protected openAlert = new Listeners<OpenAlert>();
  protected settingsChanged = new Listeners<void>();
  protected command = new Listeners<CommandName>();
  protected settings = structuredClone(SETTINGS);
  protected views = new FakeViews();
  /** How often each method was called. */
  readonly calls: Partial<Record<keyof Client, number>> = {};
  problems: Partial<EngineStatus> = {};
  /** Names of the sources of the demo. */
  readonly demo = new Set<string>();

  constructor({ alerts = 300, sources = true, now = Date.now }: FakeOptions = {}) {
    this.now = now;
    if (sources) this.seedSources();
    const origins = this.sources.filter((source) => source.name !== 'waiting');
    if (origins.length > 0) this.seedAlerts(alerts, origins);
  }

  protected seedSources(): void {
    const now = this.now();
    const spec = { signIn: null, username: null, secret: null, origins: [] };
    const make = (kind: string, name: string) => makeSource({ ...spec, kind, name }, now - 90 * 24 * HOUR);
    const csa = make('secure-access', 'csa');
    Object.assign(csa, {
      refused: REFUSED.map((one) => ({ ...one, lastAt: now - 2 * HOUR })),
      duplicate: 41,
      updated: 18,
    });
    this.sources = [csa, make('alertmanager', 'alertmanager'), make('cloudevents', 'gateway-events')];
    this.sources.push({ ...make('cloudevents', 'waiting'), createdAt: now - 5 * 60_000 });
    this.quarantine = makeQuarantine('csa', now);
    csa.quarantined = this.quarantine.length;
  }

  protected seedAlerts(count: number, origins: Origin[]): void {
    let time = this.now() - 3 * 60_000;
    const gap = count > 5_000 ? 2 * 60_000 : 40 * 60_000;
    for (let made = 0; made < count; made += 1) {
      const origin = origins[this.random.below(10) < 6 ? 0 : 1 + this.random.below(origins.length - 1)] ?? origins[0];
      if (origin !== undefined) this.store(origin, time, made > 6);
      time -= this.random.below(gap);
    }
  }

  protected store(origin: Origin, time: number, settled: boolean, change: Partial<AlertRow> = {}): FakeAlert {
    this.lastId += 1;
    const alert = makeAlert(String(this.lastId), origin, time, this.random, settled);
    Object.assign(alert.row, change);
    this.alerts.set(alert.row.id, alert);
    this.sorted.clear();
    const source = this.sources.find((one) => one.name === origin.name);
    if (source !== undefined) {
      source.stored += 1;
      source.deliveries += 1;
      source.lastDeliveryAt = Math.max(source.lastDeliveryAt ?? 0, alert.row.receivedAt);
      source.lastAlertAt = source.lastDeliveryAt;
    }
    return alert;
  }

  /** Every call goes through here: counted, failing where told to, and never at once. */
  protected async answer<T>(method: keyof Client, work: () => T): Promise<T> {
    this.calls[method] = (this.calls[method] ?? 0) + 1;
    await Promise.resolve();
    const failure = this.failures.get(method);
    if (failure !== undefined) throw failure;
    return work();
  }

  // What tests steer it with.

  /** Lets a method fail until `null` is given. */
  fail(method: keyof Client, error: ClientError | null): void {
    if (error === null) this.failures.delete(method);
    else this.failures.set(method, error);
  }

  /** New alerts come in, now or at `at`. */
  deliver(count: number, change: Partial<AlertRow> = {}, at = this.now(), from = this.sources[0]?.name): string[] {
    const origin = this.sources.find((source) => source.name === from);
    if (origin === undefined) throw new Error('there is no source to deliver from');
    const added = Array.from({ length: count }, (_, index) => this.store(origin, at + index, false, change).row.id);
    this.alertsChanged.tell({ added: added.slice(0, 1_000), updated: [], many: added.length > 1_000 });
    this.sourcesChanged.tell();
    return added;
  }

  /** Alerts that carry this text in every field, and for each one like it that was closed with it as the note. */
  plant(texts: readonly string[]): string[] {
    const origin = this.sources[0];
    if (origin === undefined) throw new Error('there is no source to deliver from');
    const ids = texts.map((text, at) => {
      const closed = this.store(origin, this.now() - HOUR - at * 1_000, true);
      this.alerts.set(closed.row.id, filledWith(text, closed, 'closed'));
      const open = this.store(origin, this.now() - at * 1_000, false);
      this.alerts.set(open.row.id, filledWith(text, open, 'new'));
      return open.row.id;
    });
    this.sorted.clear();
    this.alertsChanged.tell({ added: [], updated: [], many: true });
    return ids;
  }

  /** Deliveries that hold these texts and could not be read, at a source that holds the first one too. */
  plantUnread(texts: readonly string[]): void {
    const origin = this.sources[0];
    if (origin === undefined) throw new Error('there is no source to deliver from');
    this.quarantine = unread(texts, origin.name, this.now());
    this.sources[0] = { ...origin, quarantined: texts.length };
    this.plantAtSource(texts[0] ?? '');
  }
  /** The first source and the words about the engine hold this text. */
  plantAtSource(text: string): void {
    this.sources = this.sources.map((source, at) => (at === 0 ? sourceWith(text, source) : source));
    this.sourcesChanged.tell();
    this.trouble(troubleOf(text));
  }

  /** The source, or someone elsewhere, changes an alert. */
  change(id: string, change: Partial<AlertRow>): void {
    const alert = this.get(id);
    this.put({ ...alert, row: { ...alert.row, ...change, updatedAt: this.now() } });
    this.alertsChanged.tell({ added: [], updated: [id], many: false });
  }

  /** The engine has a problem, or none any more. */
  trouble(problems: Partial<EngineStatus>): void {
    this.problems = problems;
    this.engineChanged.tell();
  }

  /** A notification is clicked. */
  click(id: string | null): void {
    this.openAlert.tell({ id });
  }

  /** Something is chosen in the tray's menu. */
  choose(name: CommandName): void {
    this.command.tell(name);
  }

  /** These alerts are no longer there. */
  drop(ids: readonly string[]): void {
    for (const id of ids) this.alerts.delete(id);
    this.sorted.clear();
    this.alertsChanged.tell({ added: [], updated: [], many: true });
    this.engineChanged.tell();
  }

  /** Sources of the demo come with their alerts, at these times, or go with them. */
  changeDemo(sources: SourceView[], perSource: (source: SourceView) => number[]): void {
    const gone = [...this.alerts.values()].filter(({ row }) => this.demo.has(row.source));
    this.sources = this.sources.filter(({ name }) => !this.demo.has(name));
    this.demo.clear();
    for (const { row } of gone) this.alerts.delete(row.id);
    for (const source of sources) {
      this.sources = [...this.sources, source];
      this.demo.add(source.name);
      for (const time of perSource(source)) this.store(source, time, this.now() - time > 2 * HOUR);
    }
    this.sorted.clear();
    this.sourcesChanged.tell();
    this.alertsChanged.tell({ added: [], updated: [], many: true });
    this.engineChanged.tell();
  }

  /** A setting as it is from the start. */
  begin(name: 'theme' | 'density' | 'times', value: string): void {
    this.settings = { ...this.settings, [name]: value };
  }

  /** The time here, in ms. */
  get clock(): number {
    return this.now();
  }

  protected get(id: string): FakeAlert {
    const alert = this.alerts.get(id);
    if (alert === undefined) throw new ClientError('not-found', 'This alert is no longer there.', 'id');
    return alert;
  }

  protected put(alert: FakeAlert): FakeAlert {
    const next = { ...alert, row: { ...alert.row, revision: (this.alerts.get(alert.row.id)?.row.revision ?? 0) + 1 } };
    this.alerts.set(alert.row.id, next);
    this.sorted.clear();
    return next;
  }

  protected matching(query: string, sort: string): FakeAlert[] {
    const key = `${sort} ${query}`;
    const known = this.sorted.get(key);
    if (known !== undefined) return known;
    const test = parseQuery(query);
    const order = orderOf(sort);
    const now = this.now();
    const found = [...this.alerts.values()].filter((alert) => test(alert, now)).sort((a, b) => order(a.row, b.row));
    this.sorted.set(key, found);
    return found;
  }
}
