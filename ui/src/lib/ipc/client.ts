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
  CredentialsView,
  EngineStatus,
  OpenAlert,
  QuarantineView,
  RetryView,
  SourceSpec,
  SourceView,
  TestView,
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
  CredentialsView,
  EngineStatus,
  EntitiesView,
  OpenAlert,
  QuarantineView,
  RefusedView,
  RetryView,
  SourceSpec,
  SourceView,
  TestView,
} from './bindings';

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
  undoChange(changeId: string): Promise<ChangeView>;

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

  onAlertsChanged(listener: (change: AlertsChanged) => void): Unsubscribe;
  onSourcesChanged(listener: () => void): Unsubscribe;
  onEngineChanged(listener: () => void): Unsubscribe;
  /** Something was done on a notification, outside this window. */
  onActionDone(listener: (done: ActionDone) => void): Unsubscribe;
  onOpenAlert(listener: (target: OpenAlert) => void): Unsubscribe;
}
