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
  DraftView,
  EditView,
  EventView,
  ExplainedView,
  PreviewSpec,
  PreviewView,
  RuleCheckView,
  RuleDetailsView,
  RuleFieldView,
  RuleRow,
  SavedRuleView,
  SaveRuleSpec,
  SuggestionsView,
  TemplateView,
  WhyView,
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
  AdviceView,
  BarView,
  ConditionView,
  CurveView,
  DraftView,
  EditView,
  EffectView,
  EventView,
  ExplainedView,
  FiringView,
  GroupResultView,
  MarkView,
  PreviewSpec,
  PreviewView,
  ProblemView,
  RuleCheckView,
  RuleDetailsView,
  RuleFieldView,
  RuleRow,
  RuleTestView,
  RuleVersionView,
  SaveRuleSpec,
  SavedRuleView,
  StageView,
  SuggestionView,
  SuggestionsView,
  TemplatePlaceView,
  TemplateView,
  WhyView,
} from './bindings';

/** Whom or what an alert concerns. */
export type EntityKind = 'clientIp' | 'username' | 'apiKeyId' | 'endpoint' | 'hostname';
export type ExportFormat = 'csv' | 'ndjson' | 'ocsf';
/** What the tray's menu asks the window to show. */
export type CommandName = 'settings' | 'sources' | 'alerts' | 'palette';

export type RuleState = 'off' | 'shadow' | 'live';

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

  // Rules. Documents travel as text, JSON or YAML.

  listRules(): Promise<RuleRow[]>;
  getRule(name: string): Promise<RuleDetailsView>;
  /** Everything that is wrong with a document, and the document as JSON. */
  checkRule(document: string): Promise<RuleCheckView>;
  /** What a rule would do on what is stored. */
  previewRule(spec: PreviewSpec): Promise<PreviewView>;
  /** Three thresholds; `budget` is how many firings a week a quiet rule may have. */
  suggestRule(document: string, budget: number): Promise<SuggestionsView>;
  ruleFields(): Promise<RuleFieldView[]>;
  /** Values of a field that hold `part`, most frequent first, among what is stored. */
  ruleValues(field: string, part: string, limit: number): Promise<ValueCount[]>;
  /** The lists that a value `list:NAME` can name, each with how many values it has. */
  valueLists(): Promise<ValueCount[]>;
  saveRule(spec: SaveRuleSpec): Promise<SavedRuleView>;
  setRuleState(name: string, state: RuleState): Promise<RuleRow>;
  removeRule(name: string): Promise<void>;
  /** Takes the removal back. */
  unremoveRule(name: string): Promise<RuleRow>;
  /** Saves what a version of before said. */
  restoreVersion(name: string, number: number): Promise<SavedRuleView>;
  /** Takes back the version that waits to be promoted. */
  discardCandidate(name: string): Promise<RuleRow>;
  /** Why a document would fire on a stored event, or not. */
  explainRule(document: string, event: string): Promise<ExplainedView>;
  /** The newest events that a document could look at. */
  recentEvents(document: string, limit: number): Promise<EventView[]>;
  /** Edits that would have kept an alert of this rule away. */
  whatIf(name: string, alert: string): Promise<EditView[]>;
  /** What made an alert's rule fire. */
  whyAlert(id: string): Promise<WhyView[]>;
  listTemplates(): Promise<TemplateView[]>;
  listDrafts(): Promise<DraftView[]>;
  /** Kept when this settles, whatever happens then. */
  saveDraft(key: string, text: string): Promise<void>;
  removeDraft(key: string): Promise<void>;
  /** Opens the system's own file dialog. */
  exportRules(names: string[], format: 'json' | 'yaml'): Promise<FileView>;

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
  onRulesChanged(listener: () => void): Unsubscribe;
  onSettingsChanged(listener: () => void): Unsubscribe;
  /** Something was chosen in the tray's menu. */
  onCommand(listener: (name: CommandName) => void): Unsubscribe;
}
