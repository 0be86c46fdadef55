/**
 * A whole engine in memory, deterministic, for component tests, browser tests and `npm run dev`. It follows the
 * real one's contract: filters, keyset pages, actions with undo, live changes, sources, quarantine, failures.
 */
import { orderOf } from '../state/pages';
import type {
  ActionSpec,
  AlertDetails,
  AlertListSpec,
  AlertPage,
  AlertRow,
  ChangeView,
  Client,
  CredentialsView,
  EngineStatus,
  EntityKind,
  ExportFormat,
  ImportView,
  QuarantineView,
  RetryView,
  SavedViewSpec,
  SavedViewView,
  SettingsView,
  SourceSpec,
  SourceView,
  SurveySpec,
} from './client';
import { ClientError } from './errors';
import { applyAction } from './fake/act';
import { entityOf, similarTo } from './fake/context';
import { CHECKS, checkSettings, fileOf, goingOf } from './fake/keeping';
import { plantDemo, uprootDemo } from './fake/demo';
import { parseQuery } from './fake/query';
import type { Change } from './fake/world';
import { RuleWorld } from './fake/rules/world';
import { suggest, survey } from './fake/survey';
import { credentials, LISTENING, makeSource } from './fake/sources';

export class FakeClient extends RuleWorld implements Client {
  /** “Acknowledge” is clicked on a notification. */
  async acknowledgeElsewhere(id: string): Promise<void> {
    const change = await this.actOnAlerts([id], { kind: 'acknowledge' });
    this.alertsChanged.tell({ added: [], updated: [id], many: false });
    if (change.changeId === null) return;
    this.actionDone.tell({ changeId: change.changeId, what: 'acknowledged', alerts: change.rows.length });
  }

  // Alerts.

  listAlerts(spec: AlertListSpec): Promise<AlertPage> {
    return this.answer('listAlerts', () => {
      const found = this.matching(spec.query, spec.sort);
      let start = 0;
      if (spec.after !== null) {
        const last = JSON.parse(spec.after) as AlertRow;
        const order = orderOf(spec.sort);
        start = found.findIndex((alert) => order(alert.row, last) > 0);
        if (start === -1) start = found.length;
      }
      start += spec.skip;
      const rows = found.slice(start, start + spec.limit).map((alert) => alert.row);
      const last = rows.at(-1);
      return { rows, next: start + rows.length < found.length && last ? JSON.stringify(last) : null };
    });
  }

  countAlerts(query: string, limit: number) {
    return this.answer('countAlerts', () => {
      const count = this.matching(query, 'time').length;
      return { count: Math.min(count, limit), exact: count <= limit };
    });
  }

  matchAlerts(query: string, ids: string[]): Promise<AlertRow[]> {
    return this.answer('matchAlerts', () => {
      const test = parseQuery(query);
      return ids.flatMap((id) => {
        const alert = this.alerts.get(id);
        return alert !== undefined && test(alert, this.now()) ? [alert.row] : [];
      });
    });
  }

  getAlert(id: string): Promise<AlertDetails> {
    return this.answer('getAlert', () => this.get(id));
  }

  actOnAlerts(ids: string[], action: ActionSpec): Promise<ChangeView> {
    return this.answer('actOnAlerts', () => {
      const change: Change = { before: new Map(), after: new Map(), what: action.kind };
      const rows: AlertRow[] = [];
      const refused = new Set<string>();
      let unchanged = 0;
      for (const id of ids) {
        const alert = this.get(id);
        const next = applyAction(alert, action, this.now());
        if (typeof next === 'string') refused.add(next);
        else if (next === null) unchanged += 1;
        else {
          const stored = this.put(next);
          change.before.set(id, alert);
          change.after.set(id, stored.row.revision);
          rows.push(stored.row);
        }
      }
      const changeId = rows.length === 0 ? null : `change-${this.changes.size + 1}`;
      if (changeId !== null) this.changes.set(changeId, change);
      this.alertsChanged.tell({ added: [], updated: rows.map((row) => row.id), many: false });
      return { changeId, rows: rows.slice(0, 500), changed: rows.length, unchanged, refused: [...refused] };
    });
  }

  undoChange(changeId: string): Promise<ChangeView> {
    return this.answer('undoChange', () => {
      const change = this.changes.get(changeId);
      if (change === undefined) throw new ClientError('not-found', 'This change was already undone.', 'changeId');
      this.changes.delete(changeId);
      const rows: AlertRow[] = [];
      const refused = new Set<string>();
      for (const [id, before] of change.before) {
        const now = this.get(id);
        if (now.row.revision !== change.after.get(id)) {
          refused.add('An alert has changed since and stays as it is.');
          continue;
        }
        const undone = now.activity.map((step, at) =>
          at === now.activity.length - 1 ? { ...step, undone: true } : step,
        );
        const activity = [
          ...undone,
          { at: this.now(), actor: 'you', what: 'undone', detail: change.what, undone: false },
        ];
        rows.push(this.put({ ...before, activity }).row);
      }
      this.alertsChanged.tell({ added: [], updated: rows.map((row) => row.id), many: false });
      return {
        changeId: null,
        rows: rows.slice(0, 500),
        changed: rows.length,
        unchanged: 0,
        refused: [...refused],
      };
    });
  }

  async actOnMatching(query: string, action: ActionSpec): Promise<ChangeView> {
    const ids = await this.answer('actOnMatching', () => this.matching(query, 'time').map(({ row }) => row.id));
    return this.actOnAlerts(ids, action);
  }

  markSeen(ids: string[]): Promise<void> {
    return this.answer('markSeen', () => {
      // Nothing a person did: the revision stays, nobody is told.
      for (const id of ids) {
        const alert = this.alerts.get(id);
        if (alert !== undefined) this.alerts.set(id, { ...alert, row: { ...alert.row, seen: true } });
      }
      this.sorted.clear();
    });
  }

  similarAlerts(id: string) {
    return this.answer('similarAlerts', () => similarTo(this.get(id), this.matching('', 'time')));
  }

  getEntity(kind: EntityKind, value: string) {
    return this.answer('getEntity', () => entityOf(kind, value, this.matching('', 'time')));
  }

  // Finding.

  survey(spec: SurveySpec) {
    return this.answer('survey', () => survey((query) => this.matching(query, 'time'), spec, this.now()));
  }

  suggestValues(field: string, prefix: string, query: string, limit: number) {
    return this.answer('suggestValues', () =>
      suggest((asked) => this.matching(asked, 'time'), field, prefix, query, limit),
    );
  }

  listViews() {
    return this.answer('listViews', () => this.views.list());
  }

  viewCounts() {
    return this.answer('viewCounts', () =>
      this.views.list().map(({ id, query }) => {
        const found = this.matching(query, 'time');
        return { id, count: found.length, unseen: found.filter(({ row }) => !row.seen).length };
      }),
    );
  }

  saveView(spec: SavedViewSpec): Promise<SavedViewView> {
    return this.answer('saveView', () => {
      return this.views.save(JSON.parse(JSON.stringify(spec)) as SavedViewSpec);
    });
  }

  removeView(id: string): Promise<void> {
    return this.answer('removeView', () => this.views.remove(id));
  }

  // Keeping.

  getSettings(): Promise<SettingsView> {
    return this.answer('getSettings', () => structuredClone(this.settings));
  }

  setSettings(settings: SettingsView): Promise<SettingsView> {
    return this.answer('setSettings', () => {
      // Through JSON, as over the wire: a reactive proxy has no other copy.
      const wanted = JSON.parse(JSON.stringify(settings)) as SettingsView;
      checkSettings(wanted);
      this.settings = wanted;
      this.settingsChanged.tell();
      return structuredClone(this.settings);
    });
  }

  previewRetention(days: number | null, megabytes: number | null) {
    return this.answer(
      'previewRetention',
      () => goingOf([...this.alerts.values()], { days, megabytes }, this.now()).view,
    );
  }

  applyRetention() {
    return this.answer('applyRetention', () => {
      const { going, view } = goingOf([...this.alerts.values()], this.settings.retention, this.now());
      this.drop(going.map(({ row }) => row.id));
      return view;
    });
  }

  exportAlerts(query: string, sort: string, format: ExportFormat) {
    return this.answer('exportAlerts', () => fileOf(`alerts.${format}`, this.matching(query, sort).length));
  }

  backup() {
    return this.answer('backup', () => fileOf('tocsin-backup.db', this.alerts.size));
  }

  restore() {
    return this.answer('restore', () => fileOf('tocsin-backup.db', this.alerts.size));
  }

  saveDiagnostics() {
    return this.answer('saveDiagnostics', () => fileOf('tocsin-diagnostics.zip', 0));
  }

  importFiles(source: string): Promise<ImportView | null> {
    return this.answer('importFiles', () => {
      const stored = this.deliver(3, {}, this.now(), source).length;
      return { files: 1, stored, updated: 0, duplicate: 0, quarantined: 0 };
    });
  }

  loadDemo(): Promise<void> {
    return this.answer('loadDemo', () => plantDemo(this));
  }

  wipeDemo(): Promise<void> {
    return this.answer('wipeDemo', () => uprootDemo(this));
  }

  doctor() {
    return this.answer('doctor', () => ({ checks: CHECKS }));
  }

  // Sources.

  private source(name: string): SourceView {
    const source = this.sources.find((one) => one.name === name);
    if (source === undefined) throw new ClientError('not-found', `There is no source “${name}” any more.`, 'name');
    return source;
  }

  listSources(): Promise<SourceView[]> {
    return this.answer('listSources', () => this.sources.map((source) => ({ ...source })));
  }

  addSource(spec: SourceSpec): Promise<CredentialsView> {
    return this.answer('addSource', () => {
      if (this.sources.some((source) => source.name.toLowerCase() === spec.name.toLowerCase())) {
        throw new ClientError('conflict', `There is a source “${spec.name}” already: choose another name.`, 'name');
      }
      const source = makeSource(spec, this.now());
      this.sources = [...this.sources, source];
      this.sourcesChanged.tell();
      return credentials({ ...source }, spec.secret ?? this.random.hex(24));
    });
  }

  setSourceSecret(name: string, secret: string | null): Promise<CredentialsView> {
    return this.answer('setSourceSecret', () => credentials({ ...this.source(name) }, secret ?? this.random.hex(24)));
  }

  removeSource(name: string): Promise<void> {
    return this.answer('removeSource', () => {
      const source = this.source(name);
      this.sources = this.sources.filter((one) => one !== source);
      this.sourcesChanged.tell();
    });
  }

  testSource(name: string) {
    return this.answer('testSource', () => {
      const { address } = this.source(name);
      if (this.problems.listenerProblem) return { ok: false, message: this.problems.listenerProblem };
      return { ok: true, message: `The address ${address} answers and lets the right sign-in in.` };
    });
  }

  listQuarantine(source: string | null): Promise<QuarantineView[]> {
    return this.answer('listQuarantine', () =>
      this.quarantine.filter((one) => source === null || one.source === source).map((one) => ({ ...one, body: null })),
    );
  }

  getQuarantine(id: string): Promise<QuarantineView> {
    return this.answer('getQuarantine', () => this.quarantined(id));
  }

  private quarantined(id: string): QuarantineView {
    const found = this.quarantine.find((one) => one.id === id);
    if (found === undefined) throw new ClientError('not-found', 'This delivery has left quarantine.', 'id');
    return found;
  }

  retryQuarantine(id: string): Promise<RetryView> {
    return this.answer('retryQuarantine', () => {
      const one = this.quarantined(id);
      one.attempts += 1;
      this.sourcesChanged.tell();
      return { readable: false, message: `Still not readable: ${one.reason}` };
    });
  }

  engineStatus(): Promise<EngineStatus> {
    return this.answer('engineStatus', () => ({
      version: '0.1.0',
      listening: LISTENING,
      listenerProblem: null,
      notificationProblem: null,
      storeProblem: null,
      trayProblem: null,
      openAlerts: this.matching('status:new,acknowledged snoozed:false', 'time').length,
      alerts: this.alerts.size,
      databaseBytes: 4_096 * (20 + this.alerts.size),
      outboxWaiting: 0,
      quarantined: this.quarantine.length,
      lastDeliveryAt: this.matching('', 'received')[0]?.row.receivedAt ?? null,
      demo: this.demo.size > 0,
      dataDir: '/home/ana/.local/share/tocsin',
      ...this.problems,
    }));
  }

  onAlertsChanged = this.alertsChanged.add;
  onSourcesChanged = this.sourcesChanged.add;
  onEngineChanged = this.engineChanged.add;
  onActionDone = this.actionDone.add;
  onOpenAlert = this.openAlert.add;
  onSettingsChanged = this.settingsChanged.add;
  onCommand = this.command.add;
}
