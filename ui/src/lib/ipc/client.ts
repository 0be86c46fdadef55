/**
 * What the window can ask of the engine. The views know only this interface, so they run as well on the
 * in-memory fake. Every method rejects with a `ClientError`.
 */
import type {
  ActionDone,
  ActionSpec,
  AlertCount,
  AlertDetails,
  AlertListSpec,
  AlertPage,
  AlertRow,
  AlertsChanged,
  ChangeView,
  CheckView,
  CredentialsView,
  EngineStatus,
  EntityView,
  FileView,
  ImportView,
  OpenAlert,
  QuarantineView,
  RetentionView,
  RetryView,
  SavedViewSpec,
  SavedViewView,
  SettingsView,
  SimilarView,
  SourceSpec,
  SourceView,
  SurveySpec,
  SurveyView,
  TestView,
  ValueCount,
  ViewCount,
} from './bindings';

export type {
  ActionDone,
  ActionSpec,
  ActivityView,
  AlertCount,
  AlertDetails,
  AlertListSpec,
  AlertPage,
  AlertRow,
  AlertsChanged,
  ChangeView,
  CheckView,
  ColumnChoice,
  CredentialsView,
  EngineStatus,
  EntitiesView,
  EntityView,
  FacetView,
  FileView,
  HandledView,
  HistogramView,
  ImportView,
  NotifySettings,
  OpenAlert,
  QuarantineView,
  QuietHours,
  RefusedView,
  RelatedView,
  RetentionSettings,
  RetentionView,
  RetryView,
  SavedViewSpec,
  SavedViewView,
  SettingsView,
  SimilarView,
  SourceSpec,
  SourceView,
  SurveySpec,
  SurveyView,
  TestView,
  ValueCount,
  ViewCount,
} from './bindings';

/** Whom or what an alert concerns. */
export type EntityKind = 'clientIp' | 'username' | 'apiKeyId' | 'endpoint' | 'hostname';
export type ExportFormat = 'csv' | 'ndjson' | 'ocsf';
/** What the tray's menu asks the window to show. */
export type CommandName = 'settings' | 'sources' | 'alerts' | 'palette';

/** Ends a subscription. */
export type Unsubscribe = () => void;

export interface Client {
  /** A page of the alert table. */
  listAlerts(spec: AlertListSpec): Promise<AlertPage>;
  /** How many alerts match, counted up to `limit`. */
  countAlerts(query: string, limit: number): Promise<AlertCount>;
  /** Those of `ids` (at most 1,000) that match the query, as they are now. */
  matchAlerts(query: string, ids: string[]): Promise<AlertRow[]>;
  getAlert(id: string): Promise<AlertDetails>;
  actOnAlerts(ids: string[], action: ActionSpec): Promise<ChangeView>;
  /** The same for every alert that the query matches, as one change. */
  actOnMatching(query: string, action: ActionSpec): Promise<ChangeView>;
  undoChange(changeId: string): Promise<ChangeView>;
  /** A person has looked at these (at most 1,000). */
  markSeen(ids: string[]): Promise<void>;
  /** Alerts like this one, and what was done the last time. */
  similarAlerts(id: string): Promise<SimilarView>;

  /** Count, facets and histogram of a filter. */
  survey(spec: SurveySpec): Promise<SurveyView>;
  /** Values of a field that begin like `prefix`, most frequent first, among what the query matches. */
  suggestValues(field: string, prefix: string, query: string, limit: number): Promise<ValueCount[]>;
  getEntity(kind: EntityKind, value: string): Promise<EntityView>;
  listViews(): Promise<SavedViewView[]>;
  viewCounts(): Promise<ViewCount[]>;
  saveView(spec: SavedViewSpec): Promise<SavedViewView>;
  removeView(id: string): Promise<void>;

  listSources(): Promise<SourceView[]>;
  addSource(spec: SourceSpec): Promise<CredentialsView>;
  /** Gives a source a new password or token; `null` makes one. */
  setSourceSecret(name: string, secret: string | null): Promise<CredentialsView>;
  removeSource(name: string): Promise<void>;
  testSource(name: string): Promise<TestView>;

  /** What could not be read, without the text. */
  listQuarantine(source: string | null): Promise<QuarantineView[]>;
  /** One of them, with its text. */
  getQuarantine(id: string): Promise<QuarantineView>;
  retryQuarantine(id: string): Promise<RetryView>;

  engineStatus(): Promise<EngineStatus>;
  /** Looks whether everything is as it should be. */
  doctor(): Promise<{ checks: CheckView[] }>;

  getSettings(): Promise<SettingsView>;
  /** Rejects with the path of the setting that cannot be, such as `notify.quietHours.from`. */
  setSettings(settings: SettingsView): Promise<SettingsView>;
  previewRetention(days: number | null, megabytes: number | null): Promise<RetentionView>;
  /** Removes what the settings say, now. */
  applyRetention(): Promise<RetentionView>;

  // These open the system's own file dialog; a path of `null` says that it was cancelled.
  exportAlerts(query: string, sort: string, format: ExportFormat, columns: string[]): Promise<FileView>;
  backup(): Promise<FileView>;
  restore(): Promise<FileView>;
  saveDiagnostics(): Promise<FileView>;
  /** Reads files as if `source` had sent them; `null` when the dialog was cancelled. */
  importFiles(source: string): Promise<ImportView | null>;

  loadDemo(): Promise<void>;
  wipeDemo(): Promise<void>;

  onAlertsChanged(listener: (change: AlertsChanged) => void): Unsubscribe;
  onSourcesChanged(listener: () => void): Unsubscribe;
  onEngineChanged(listener: () => void): Unsubscribe;
  /** Something was done on a notification, outside this window. */
  onActionDone(listener: (done: ActionDone) => void): Unsubscribe;
  /** A notification or a link `tocsin://alert/…` was followed. */
  onOpenAlert(listener: (target: OpenAlert) => void): Unsubscribe;
  onSettingsChanged(listener: () => void): Unsubscribe;
  /** Something was chosen in the tray's menu. */
  onCommand(listener: (name: CommandName) => void): Unsubscribe;
}
