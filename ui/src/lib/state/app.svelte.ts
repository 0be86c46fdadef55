/** The state of one window, made once and handed down through the context. */
import { getContext, setContext } from 'svelte';
import type { Client, CommandName } from '../ipc/client';
import { AlertActions } from './actions.svelte';
import { afterPaint } from '../paint';
import { AlertList } from './alerts.svelte';
import { Clock } from './clock.svelte';
import { TableColumns } from './columns.svelte';
import { Engine } from './engine.svelte';
import { EntityPanel } from './entity.svelte';
import { Peek } from './peek.svelte';
import { Keeping } from './keeping.svelte';
import { Settings } from './settings.svelte';
import { SourceList } from './sources.svelte';
import { Survey } from './survey.svelte';
import { Toasts } from './toasts.svelte';
import { SavedViews } from './views.svelte';

export const SCREENS = ['alerts', 'sources', 'settings'] as const;
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
        void this.engine.load();
      }),
      this.client.onSourcesChanged(() => {
        this.clock.tick();
        void this.sources.load();
      }),
      this.client.onEngineChanged(() => void this.engine.load()),
      this.client.onActionDone((done) => this.actions.doneElsewhere(done)),
      this.client.onOpenAlert((target) => this.openAlert(target.id)),
      this.client.onSettingsChanged(() => void this.settings.load()),
      this.client.onCommand((name) => this.#command(name)),
      this.clock.start(),
      () => this.survey.stop(),
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
    await Promise.all([this.#counts(), this.engine.load(), this.views.load()]);
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

  /** Takes the last thing back: on the settings screen a setting, elsewhere what was done to alerts. */
  undo(): Promise<void> {
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
