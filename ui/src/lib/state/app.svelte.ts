/** The state of one window, made once and handed down through the context. */
import { getContext, setContext } from 'svelte';
import type { Client, CommandName } from '../ipc/client';
import { toClientError } from '../ipc/errors';
import { AlertActions } from './actions.svelte';
import { Calm } from './calm';
import { afterPaint } from '../paint';
import { FieldRegistry } from '../rule/fields.svelte';
import { docOf } from '../rules/entry';
import { ruleFrom } from '../rules/fromalert';
import { AlertList } from './alerts.svelte';
import { Catalogue } from './catalogue.svelte';
import { Clock } from './clock.svelte';
import { TableColumns } from './columns.svelte';
import { Engine } from './engine.svelte';
import { EntityPanel } from './entity.svelte';
import { Peek } from './peek.svelte';
import { Keeping } from './keeping.svelte';
import { RuleList, type RulesTab } from './rules.svelte';
import { Settings } from './settings.svelte';
import { SourceList } from './sources.svelte';
import { Studio } from './studio.svelte';
import { Survey } from './survey.svelte';
import { Toasts } from './toasts.svelte';
import { SavedViews } from './views.svelte';
import { Why } from './why.svelte';

/** Between two readings of the rules because something came in, in ms. */
const RULES_PAUSE = 1_000;

export const SCREENS = ['alerts', 'rules', 'sources', 'settings'] as const;
export type Screen = (typeof SCREENS)[number];
/** Parts of the settings screen that can be gone to. */
export type SettingsPart = 'look' | 'notifications' | 'keeping' | 'files' | 'computer' | 'demo' | 'about';

export class App {
  screen = $state<Screen>('alerts');
  /** Whether the panel for adding a source is open. */
  adding = $state(false);
  /** The first rows, or that there are none, stand on the screen: what is beside them may follow. */
  drawn = $state(false);
  /** What lies over the window. */
  over = $state<'keys' | 'palette' | 'import' | null>(null);
  /** The part of the settings that is to be shown next. */
  part = $state<SettingsPart | null>(null);
  readonly clock: Clock;
  readonly toasts = new Toasts();
  readonly engine: Engine;
  readonly alerts: AlertList;
  readonly columns = new TableColumns();
  readonly peek: Peek;
  readonly entity: EntityPanel;
  readonly actions: AlertActions;
  readonly sources: SourceList;
  readonly survey: Survey;
  readonly views: SavedViews;
  readonly fields: FieldRegistry;
  readonly rules: RuleList;
  readonly catalogue: Catalogue;
  readonly studio: Studio;
  readonly why: Why;
  readonly settings: Settings;
  readonly keeping: Keeping;

  /** Neither a source nor an alert: there is nothing to show but how to begin. */
  readonly first = $derived.by(
    () => this.sources.phase === 'ready' && this.sources.list.length === 0 && this.engine.status?.alerts === 0,
  );

  constructor(
    readonly client: Client,
    now: () => number = Date.now,
  ) {
    this.clock = new Clock(now);
    this.engine = new Engine(client);
    this.alerts = new AlertList(client);
    this.peek = new Peek(client, (id) => this.alerts.seen.mark(id));
    this.entity = new EntityPanel(client, this.peek);
    this.alerts.peeking = () => this.peek.id !== null || this.entity.shown !== null;
    this.actions = new AlertActions(client, this.alerts, this.peek, this.toasts);
    this.sources = new SourceList(client);
    this.fields = new FieldRegistry(client);
    this.rules = new RuleList(client, this.toasts, this.fields, now);
    this.catalogue = new Catalogue(client, now);
    this.why = new Why(client, this.fields);
    this.studio = new Studio(client, this.fields, this.toasts, now);
    this.settings = new Settings(client, this.toasts);
    this.keeping = new Keeping(client, this.toasts);
    const { filter } = this.alerts;
    this.survey = new Survey(client, filter, now);
    this.views = new SavedViews(client, filter, this.toasts);
    this.views.columns = {
      read: () => this.columns.choices,
      write: (choices) => this.columns.use(choices, this.views.chosen),
    };
    this.survey.onCount = (query, count) => this.alerts.counted(query, count);
    filter.onChange((what) => (what === 'sort' ? this.alerts.loadRows() : this.readAll()));
  }

  /** Rules that fire often say so often; the list counts their firings, which is not for nothing. */
  readonly #rulesChanged = new Calm(RULES_PAUSE, () => {
    if (this.studio.shown) void this.studio.reload();
    else void this.rules.load();
  });

  /** Settles when the first rows were read, or could not be. */
  firstRows: Promise<void> = Promise.resolve();

  /**
   * Reads everything and follows changes; the answer ends that. Listening comes first, so nothing is missed.
   * What the rows do not need is read once the window is `mounted` and they are on the screen.
   */
  start(mounted: Promise<void> = Promise.resolve()): () => void {
    const ends = [
      this.client.onAlertsChanged((change) => {
        this.clock.tick();
        this.alerts.onChange(change);
        this.peek.onChange(change);
        this.survey.onChange(change);
        this.views.refresh();
        this.entity.onChange(change);
        // Closing an alert is a word about its rule.
        if (this.screen === 'rules') this.#rulesChanged.ask();
        void this.engine.load();
      }),
      this.client.onSourcesChanged(() => {
        this.clock.tick();
        void this.sources.load();
      }),
      this.client.onEngineChanged(() => void this.engine.load()),
      this.client.onActionDone((done) => this.actions.doneElsewhere(done)),
      this.client.onOpenAlert((target) => this.openAlert(target.id)),
      this.client.onRulesChanged(() => {
        this.#rulesChanged.ask();
      }),
      this.client.onSettingsChanged(() => void this.settings.load()),
      this.client.onCommand((name) => this.#command(name)),
      this.clock.start(),
      () => this.survey.stop(),
      () => this.#rulesChanged.stop(),
      () => this.views.stop(),
    ];
    void this.settings.load();
    this.firstRows = this.#firstView();
    void this.#beside(mounted);
    void this.sources.load();
    return () => ends.forEach((end) => end());
  }

  /** The window opens on the default view; without one, or where they cannot be read, on what is open. */
  async #firstView(): Promise<void> {
    await this.views.start();
    await this.alerts.loadRows();
  }

  /** Counting reads all alerts into memory: it must not keep the rows from being drawn. */
  async #beside(mounted: Promise<void>): Promise<void> {
    await Promise.all([this.firstRows, mounted]);
    await afterPaint();
    this.drawn = true;
    await Promise.all([this.#counts(), this.engine.load(), this.views.load(), this.rules.load()]);
  }

  /** Reads the list and its counts, for the filter as it is. */
  async readAll(): Promise<void> {
    await Promise.all([this.alerts.loadRows(), this.#counts()]);
  }

  /** Counts what the filter has; the list takes its number from there, unless that failed. */
  async #counts(): Promise<void> {
    await this.survey.load();
    if (this.survey.error !== null) await this.alerts.count();
  }

  /** Shows the alerts that a query asks for. */
  showAlerts(query: string): void {
    this.screen = 'alerts';
    void this.alerts.filter.set(query);
  }

  /** Shows an alert, wherever it is; none shows the list. */
  openAlert(id: string | null): void {
    this.screen = 'alerts';
    if (id === null) return;
    this.alerts.moveToId(id);
    this.entity.close();
    void this.peek.open(id);
  }

  /** Goes to the list of rules or to the catalogue; the studio's draft stays. */
  showRules(tab: RulesTab): void {
    this.screen = 'rules';
    this.studio.close();
    this.rules.tab = tab;
  }

  /** Opens the studio on a kept rule, or on a new one. */
  editRule(name: string | null): void {
    this.screen = 'rules';
    if (name === null) this.studio.begin();
    else void this.studio.open(name);
  }

  /** Opens a kept rule as this document has it: an edit that can be undone, not yet saved. */
  async editRuleAs(name: string, document: string): Promise<void> {
    this.screen = 'rules';
    await this.studio.open(name);
    if (this.studio.rule === name) this.studio.change(docOf(document), 'edit');
  }

  /** Begins a rule with what an alert says. A rule's own alert is no event, so it leads to that rule. */
  async ruleFromAlert(id: string): Promise<void> {
    try {
      const alert = await this.client.getAlert(id);
      if (alert.origin === 'rule' && alert.rule !== null) return this.editRule(alert.rule);
      const taken = (await this.client.listRules()).map((row) => row.name);
      this.screen = 'rules';
      this.studio.begin(ruleFrom(alert, taken));
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }

  addSource(): void {
    this.screen = 'sources';
    this.adding = true;
  }

  /** Goes to what could not be read: to its source, and there to the first part. */
  async showQuarantine(): Promise<void> {
    this.screen = 'sources';
    await this.sources.showQuarantine();
  }

  showSettings(part: SettingsPart | null = null): void {
    this.screen = 'settings';
    this.part = part;
  }

  /** Takes the last thing back: a setting, an edit of the studio, what was done to rules, or to alerts. */
  undo(): Promise<void> {
    if (this.screen === 'rules') {
      return this.studio.shown ? Promise.resolve(this.studio.undo()) : this.rules.undoLast();
    }
    if (this.screen === 'settings' && this.settings.canUndo) return this.settings.undoLast();
    return this.actions.undoLast();
  }

  /** What was chosen in the tray's menu. */
  #command(name: CommandName): void {
    if (name === 'palette') this.over = 'palette';
    else if (name === 'settings') this.showSettings();
    else this.screen = name;
  }
}

const KEY = Symbol('app');

export function provideApp(app: App): App {
  return setContext(KEY, app);
}

export function useApp(): App {
  return getContext<App>(KEY);
}
