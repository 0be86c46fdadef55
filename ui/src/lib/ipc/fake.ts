/**
 * A whole engine in memory, deterministic, for component tests, browser tests and `npm run dev`. It follows the
 * real one's contract: filters, keyset pages, actions with undo, live changes, sources, quarantine, failures.
 */
import { orderOf } from '../state/pages';
import type {
  ActionDone,
  ActionSpec,
  AlertDetails,
  AlertListSpec,
  AlertPage,
  AlertRow,
  AlertsChanged,
  ChangeView,
  Client,
  CredentialsView,
  EngineStatus,
  OpenAlert,
  QuarantineView,
  RetryView,
  SourceSpec,
  SourceView,
} from './client';
import { ClientError } from './errors';
import { applyAction } from './fake/act';
import { type FakeAlert, makeAlert, type Origin } from './fake/generate';
import { parseQuery } from './fake/query';
import { Random } from './fake/random';
import { credentials, LISTENING, makeQuarantine, makeSource, REFUSED } from './fake/sources';

export interface FakeOptions {
  /** How many alerts to begin with. */
  alerts?: number;
  /** Whether the three sources are there. */
  sources?: boolean;
  /** The clock, in ms. */
  now?: () => number;
}

/** What an action changed, and how to take it back. */
interface Change {
  before: Map<string, AlertDetails>;
  after: Map<string, number>;
  what: string;
}

const HOUR = 3_600_000;

class Listeners<T> {
  #all = new Set<(value: T) => void>();
  add = (listener: (value: T) => void) => {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  };
  tell(value: T): void {
    for (const listener of this.#all) listener(value);
  }
}

export class FakeClient implements Client {
  #now: () => number;
  #random = new Random(20_261_122);
  #alerts = new Map<string, FakeAlert>();
  #sorted = new Map<string, FakeAlert[]>();
  #sources: SourceView[] = [];
  #quarantine: QuarantineView[] = [];
  #changes = new Map<string, Change>();
  #failures = new Map<keyof Client, ClientError>();
  #lastId = 0;
  #alertsChanged = new Listeners<AlertsChanged>();
  #sourcesChanged = new Listeners<void>();
  #engineChanged = new Listeners<void>();
  #actionDone = new Listeners<ActionDone>();
  #openAlert = new Listeners<OpenAlert>();
  /** How often each method was called. */
  readonly calls: Partial<Record<keyof Client, number>> = {};
  problems: Partial<EngineStatus> = {};

  constructor({ alerts = 300, sources = true, now = Date.now }: FakeOptions = {}) {
    this.#now = now;
    if (sources) this.#seedSources();
    const origins = this.#sources.filter((source) => source.name !== 'waiting');
    if (origins.length > 0) this.#seedAlerts(alerts, origins);
  }

  #seedSources(): void {
    const now = this.#now();
    const spec = { signIn: null, username: null, secret: null, origins: [] };
    const make = (kind: string, name: string) => makeSource({ ...spec, kind, name }, now - 90 * 24 * HOUR);
    const csa = make('secure-access', 'csa');
    Object.assign(csa, {
      refused: REFUSED.map((one) => ({ ...one, lastAt: now - 2 * HOUR })),
      duplicate: 41,
      updated: 18,
    });
    this.#sources = [csa, make('alertmanager', 'alertmanager'), make('cloudevents', 'gateway-events')];
    this.#sources.push({ ...make('cloudevents', 'waiting'), createdAt: now - 5 * 60_000 });
    this.#quarantine = makeQuarantine('csa', now);
    csa.quarantined = this.#quarantine.length;
  }

  #seedAlerts(count: number, origins: Origin[]): void {
    let time = this.#now() - 3 * 60_000;
    const gap = count > 5_000 ? 2 * 60_000 : 40 * 60_000;
    for (let made = 0; made < count; made += 1) {
      const origin = origins[this.#random.below(10) < 6 ? 0 : 1 + this.#random.below(origins.length - 1)] ?? origins[0];
      if (origin !== undefined) this.#store(origin, time, made > 6);
      time -= this.#random.below(gap);
    }
  }

  #store(origin: Origin, time: number, settled: boolean, change: Partial<AlertRow> = {}): FakeAlert {
    this.#lastId += 1;
    const alert = makeAlert(String(this.#lastId), origin, time, this.#random, settled);
    Object.assign(alert.row, change);
    this.#alerts.set(alert.row.id, alert);
    this.#sorted.clear();
    const source = this.#sources.find((one) => one.name === origin.name);
    if (source !== undefined) {
      source.stored += 1;
      source.deliveries += 1;
      source.lastDeliveryAt = Math.max(source.lastDeliveryAt ?? 0, alert.row.receivedAt);
      source.lastAlertAt = source.lastDeliveryAt;
    }
    return alert;
  }

  /** Every call goes through here: counted, failing where told to, and never at once. */
  async #answer<T>(method: keyof Client, work: () => T): Promise<T> {
    this.calls[method] = (this.calls[method] ?? 0) + 1;
    await Promise.resolve();
    const failure = this.#failures.get(method);
    if (failure !== undefined) throw failure;
    return work();
  }

  // What tests steer it with.

  /** Lets a method fail until `null` is given. */
  fail(method: keyof Client, error: ClientError | null): void {
    if (error === null) this.#failures.delete(method);
    else this.#failures.set(method, error);
  }

  /** New alerts come in, now or at `at`. */
  deliver(count: number, change: Partial<AlertRow> = {}, at = this.#now(), from = this.#sources[0]?.name): string[] {
    const origin = this.#sources.find((source) => source.name === from);
    if (origin === undefined) throw new Error('there is no source to deliver from');
    const added = Array.from({ length: count }, (_, index) => this.#store(origin, at + index, false, change).row.id);
    this.#alertsChanged.tell({ added: added.slice(0, 1_000), updated: [], many: added.length > 1_000 });
    this.#sourcesChanged.tell();
    return added;
  }

  /** The source, or someone elsewhere, changes an alert. */
  change(id: string, change: Partial<AlertRow>): void {
    const alert = this.#get(id);
    this.#put({ ...alert, row: { ...alert.row, ...change, updatedAt: this.#now() } });
    this.#alertsChanged.tell({ added: [], updated: [id], many: false });
  }

  /** The engine has a problem, or none any more. */
  trouble(problems: Partial<EngineStatus>): void {
    this.problems = problems;
    this.#engineChanged.tell();
  }

  /** A notification is clicked. */
  click(id: string | null): void {
    this.#openAlert.tell({ id });
  }

  /** “Acknowledge” is clicked on a notification. */
  async acknowledgeElsewhere(id: string): Promise<void> {
    const change = await this.actOnAlerts([id], { kind: 'acknowledge' });
    this.#alertsChanged.tell({ added: [], updated: [id], many: false });
    if (change.changeId === null) return;
    this.#actionDone.tell({ changeId: change.changeId, what: 'acknowledged', alerts: change.rows.length });
  }

  // Alerts.

  #get(id: string): FakeAlert {
    const alert = this.#alerts.get(id);
    if (alert === undefined) throw new ClientError('not-found', 'This alert is no longer there.', 'id');
    return alert;
  }

  #put(alert: FakeAlert): FakeAlert {
    const next = { ...alert, row: { ...alert.row, revision: (this.#alerts.get(alert.row.id)?.row.revision ?? 0) + 1 } };
    this.#alerts.set(alert.row.id, next);
    this.#sorted.clear();
    return next;
  }

  #matching(query: string, sort: string): FakeAlert[] {
    const key = `${sort} ${query}`;
    const known = this.#sorted.get(key);
    if (known !== undefined) return known;
    const test = parseQuery(query);
    const order = orderOf(sort);
    const now = this.#now();
    const found = [...this.#alerts.values()].filter((alert) => test(alert, now)).sort((a, b) => order(a.row, b.row));
    this.#sorted.set(key, found);
    return found;
  }

  listAlerts(spec: AlertListSpec): Promise<AlertPage> {
    return this.#answer('listAlerts', () => {
      const found = this.#matching(spec.query, spec.sort);
      let start = 0;
      if (spec.after !== null) {
        const last = JSON.parse(spec.after) as AlertRow;
        const order = orderOf(spec.sort);
        start = found.findIndex((alert) => order(alert.row, last) > 0);
        if (start === -1) start = found.length;
      }
      const rows = found.slice(start, start + spec.limit).map((alert) => alert.row);
      const last = rows.at(-1);
      return { rows, next: start + rows.length < found.length && last ? JSON.stringify(last) : null };
    });
  }

  countAlerts(query: string, limit: number) {
    return this.#answer('countAlerts', () => {
      const count = this.#matching(query, 'time').length;
      return { count: Math.min(count, limit), exact: count <= limit };
    });
  }

  matchAlerts(query: string, ids: string[]): Promise<AlertRow[]> {
    return this.#answer('matchAlerts', () => {
      const test = parseQuery(query);
      return ids.flatMap((id) => {
        const alert = this.#alerts.get(id);
        return alert !== undefined && test(alert, this.#now()) ? [alert.row] : [];
      });
    });
  }

  getAlert(id: string): Promise<AlertDetails> {
    return this.#answer('getAlert', () => this.#get(id));
  }

  actOnAlerts(ids: string[], action: ActionSpec): Promise<ChangeView> {
    return this.#answer('actOnAlerts', () => {
      const change: Change = { before: new Map(), after: new Map(), what: action.kind };
      const rows: AlertRow[] = [];
      const refused = new Set<string>();
      let unchanged = 0;
      for (const id of ids) {
        const alert = this.#get(id);
        const next = applyAction(alert, action, this.#now());
        if (typeof next === 'string') refused.add(next);
        else if (next === null) unchanged += 1;
        else {
          const stored = this.#put(next);
          change.before.set(id, alert);
          change.after.set(id, stored.row.revision);
          rows.push(stored.row);
        }
      }
      const changeId = rows.length === 0 ? null : `change-${this.#changes.size + 1}`;
      if (changeId !== null) this.#changes.set(changeId, change);
      this.#alertsChanged.tell({ added: [], updated: rows.map((row) => row.id), many: false });
      return { changeId, rows, unchanged, refused: [...refused] };
    });
  }

  undoChange(changeId: string): Promise<ChangeView> {
    return this.#answer('undoChange', () => {
      const change = this.#changes.get(changeId);
      if (change === undefined) throw new ClientError('not-found', 'This change was already undone.', 'changeId');
      this.#changes.delete(changeId);
      const rows: AlertRow[] = [];
      const refused = new Set<string>();
      for (const [id, before] of change.before) {
        const now = this.#get(id);
        if (now.row.revision !== change.after.get(id)) {
          refused.add('An alert has changed since and stays as it is.');
          continue;
        }
        const undone = now.activity.map((step, at) =>
          at === now.activity.length - 1 ? { ...step, undone: true } : step,
        );
        const activity = [
          ...undone,
          { at: this.#now(), actor: 'you', what: 'undone', detail: change.what, undone: false },
        ];
        rows.push(this.#put({ ...before, activity }).row);
      }
      this.#alertsChanged.tell({ added: [], updated: rows.map((row) => row.id), many: false });
      return { changeId: null, rows, unchanged: 0, refused: [...refused] };
    });
  }

  // Sources.

  #source(name: string): SourceView {
    const source = this.#sources.find((one) => one.name === name);
    if (source === undefined) throw new ClientError('not-found', `There is no source “${name}” any more.`, 'name');
    return source;
  }

  listSources(): Promise<SourceView[]> {
    return this.#answer('listSources', () => this.#sources.map((source) => ({ ...source })));
  }

  addSource(spec: SourceSpec): Promise<CredentialsView> {
    return this.#answer('addSource', () => {
      if (this.#sources.some((source) => source.name.toLowerCase() === spec.name.toLowerCase())) {
        throw new ClientError('conflict', `There is a source “${spec.name}” already: choose another name.`, 'name');
      }
      const source = makeSource(spec, this.#now());
      this.#sources = [...this.#sources, source];
      this.#sourcesChanged.tell();
      return credentials({ ...source }, spec.secret ?? this.#random.hex(24));
    });
  }

  setSourceSecret(name: string, secret: string | null): Promise<CredentialsView> {
    return this.#answer('setSourceSecret', () =>
      credentials({ ...this.#source(name) }, secret ?? this.#random.hex(24)),
    );
  }

  removeSource(name: string): Promise<void> {
    return this.#answer('removeSource', () => {
      const source = this.#source(name);
      this.#sources = this.#sources.filter((one) => one !== source);
      this.#sourcesChanged.tell();
    });
  }

  testSource(name: string) {
    return this.#answer('testSource', () => {
      const { address } = this.#source(name);
      if (this.problems.listenerProblem) return { ok: false, message: this.problems.listenerProblem };
      return { ok: true, message: `The address ${address} answers and lets the right sign-in in.` };
    });
  }

  listQuarantine(source: string | null): Promise<QuarantineView[]> {
    return this.#answer('listQuarantine', () =>
      this.#quarantine.filter((one) => source === null || one.source === source).map((one) => ({ ...one, body: null })),
    );
  }

  getQuarantine(id: string): Promise<QuarantineView> {
    return this.#answer('getQuarantine', () => this.#quarantined(id));
  }

  #quarantined(id: string): QuarantineView {
    const found = this.#quarantine.find((one) => one.id === id);
    if (found === undefined) throw new ClientError('not-found', 'This delivery has left quarantine.', 'id');
    return found;
  }

  retryQuarantine(id: string): Promise<RetryView> {
    return this.#answer('retryQuarantine', () => {
      const one = this.#quarantined(id);
      one.attempts += 1;
      this.#sourcesChanged.tell();
      return { readable: false, message: `Still not readable: ${one.reason}` };
    });
  }

  engineStatus(): Promise<EngineStatus> {
    return this.#answer('engineStatus', () => ({
      version: '0.1.0',
      listening: LISTENING,
      listenerProblem: null,
      notificationProblem: null,
      storeProblem: null,
      openAlerts: this.#matching('status:new,acknowledged snoozed:false', 'time').length,
      dataDir: '/home/ana/.local/share/tocsin',
      ...this.problems,
    }));
  }

  onAlertsChanged = this.#alertsChanged.add;
  onSourcesChanged = this.#sourcesChanged.add;
  onEngineChanged = this.#engineChanged.add;
  onActionDone = this.#actionDone.add;
  onOpenAlert = this.#openAlert.add;
}
