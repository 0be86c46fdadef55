/** What the palette offers, and what of it fits what is typed. */
import { tick } from 'svelte';
import type { AlertRow } from '../ipc/client';
import { press, SHORTCUTS } from '../shortcuts';
import { fuzzy } from '../text/fuzzy';
import type { App } from './app.svelte';
import { FIRST_QUERY } from './filter.svelte';

export type Group = 'Do' | 'Go to' | 'Views' | 'Rules' | 'Sources' | 'Alerts';
export interface Entry {
  id: string;
  group: Group;
  label: string;
  /** Beside the label, such as where it leads. */
  hint?: string;
  /** The key that does the same. */
  keys?: string;
  /** Other words people look for; never shown. */
  also?: string;
  row?: AlertRow;
  run: () => void;
}
/** An entry with the places of the letters that were found in its label. */
export interface Match {
  entry: Entry;
  at: number[];
}

/** Typing waits this long, in ms, before alerts are looked for. */
const PAUSE = 140;
const MOST_ALERTS = 6;
const MOST = 40;
/** Before anything is typed. */
const ORDER: Group[] = ['Go to', 'Views', 'Do', 'Rules', 'Sources', 'Alerts'];

export class Palette {
  text = $state('');
  cursor = $state(0);
  /** Alerts are being looked for. */
  busy = $state(false);
  #alerts = $state.raw<AlertRow[]>([]);
  #request = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly app: App) {}

  readonly matches: Match[] = $derived.by(() => {
    const letters = this.text.trim();
    const found = this.#offered().flatMap((entry) => {
      const inLabel = fuzzy(letters, entry.label);
      const also = inLabel === null && entry.also !== undefined ? fuzzy(letters, entry.also) : null;
      const best = inLabel ?? (also === null || also.score < letters.length * 6 ? null : { ...also, at: [] });
      return best === null ? [] : [{ entry, at: best.at, score: best.score - (inLabel === null ? 4 : 0) }];
    });
    const usable = letters.length < 3 ? found : found.filter((one) => one.score > letters.length * 2);
    const ranked = letters === '' ? usable : usable.toSorted((a, b) => b.score - a.score).slice(0, MOST);
    // Together by group, the group with the best match first.
    const groups = letters === '' ? ORDER : [...new Set(ranked.map(({ entry }) => entry.group))];
    const alerts = this.#alerts.map((row) => ({ entry: this.#alert(row), at: [] }));
    return [...groups.flatMap((group) => ranked.filter(({ entry }) => entry.group === group)), ...alerts];
  });

  type(text: string): void {
    this.text = text;
    this.cursor = 0;
    clearTimeout(this.#timer);
    this.#request += 1;
    if (text.trim().length < 2) {
      this.#alerts = [];
      this.busy = false;
      return;
    }
    this.busy = true;
    this.#timer = setTimeout(() => void this.#look(this.#request), PAUSE);
  }

  async #look(request: number): Promise<void> {
    let rows: AlertRow[] = [];
    try {
      const spec = { query: this.text.trim(), sort: 'time', after: null, skip: 0, limit: MOST_ALERTS };
      rows = (await this.app.client.listAlerts(spec)).rows;
    } catch {
      // What cannot be read as a search finds no alert; commands are still found.
    }
    if (request !== this.#request) return;
    this.#alerts = rows;
    this.busy = false;
  }

  move(by: number): void {
    const last = this.matches.length;
    if (last > 0) this.cursor = (this.cursor + by + last) % last;
  }

  run(index = this.cursor): void {
    const entry = this.matches[index]?.entry;
    if (entry === undefined) return;
    this.stop();
    this.app.over = null;
    void tick().then(entry.run);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#request += 1;
  }

  #offered(): Entry[] {
    return [...this.#commands(), ...this.#keys(), ...this.#views(), ...this.#rules(), ...this.#sources()];
  }

  /** What the keys do, done by pressing them on their screen. */
  #keys(): Entry[] {
    return SHORTCUTS.flatMap(({ title, keys }) =>
      keys
        .filter((one) => one.listed !== true)
        .map((one) => ({
          id: one.screen === 'rules' ? `key-rules-${one.keys}` : `key-${one.keys}`,
          group: title === 'Go' ? ('Go to' as const) : ('Do' as const),
          label: one.what.replace(/ \(.*\)$|, then .*$/, ''),
          keys: one.keys,
          ...(one.also !== undefined && { also: one.also }),
          run: () => void this.#press(one.keys, one.screen),
        })),
    );
  }

  async #press(keys: string, screen: 'alerts' | 'rules' | undefined): Promise<void> {
    if (screen === 'rules') this.app.showRules('rules');
    if (screen !== undefined) {
      this.app.screen = screen;
      await tick();
    }
    press(keys);
  }

  #commands(): Entry[] {
    const { app } = this;
    const { settings, keeping } = app;
    const go = (id: string, label: string, run: () => void, also = ''): Entry => ({
      id,
      group: 'Do',
      label,
      also,
      run,
    });
    const theme = (word: string, label: string): Entry =>
      go(`theme-${word}`, `Theme: ${label}`, () => void settings.set('theme', word, `Theme: ${label}`), 'look colour');
    const utc = settings.value.times === 'utc';
    const shown = (format: 'csv' | 'ndjson' | 'ocsf') => () =>
      void keeping.exportAlerts(app.alerts.filter.query, app.alerts.filter.sort, format);
    return [
      go('add-source', 'Add a source', () => app.addSource(), 'connect system new'),
      go('import', 'Import a file', () => (app.over = 'import'), 'load read'),
      go('export-csv', 'Export the alerts shown as CSV', shown('csv'), 'save spreadsheet download'),
      go('export-ndjson', 'Export the alerts shown as NDJSON', shown('ndjson'), 'save json download'),
      go('export-ocsf', 'Export the alerts shown as OCSF', shown('ocsf'), 'save detection finding download'),
      go('backup', 'Back up the database', () => void keeping.backup(), 'save copy'),
      go('diagnostics', 'Save diagnostics', () => void keeping.diagnostics(), 'support bundle help'),
      ...(app.sources.quarantined > 0
        ? [go('quarantine', 'What could not be read', () => void app.showQuarantine(), 'quarantine rejected failed')]
        : []),
      theme('system', 'as the desktop'),
      theme('light', 'light'),
      theme('dark', 'dark'),
      theme('contrast-light', 'light, high contrast'),
      theme('contrast-dark', 'dark, high contrast'),
      go(
        'times',
        utc ? 'Show times of this computer' : 'Show times in UTC',
        () => void settings.set('times', utc ? 'local' : 'utc', utc ? 'Times of this computer' : 'Times in UTC'),
        'zone clock',
      ),
      go(
        'density',
        settings.value.density === 'compact' ? 'Rows with more air' : 'Compact rows',
        () => {
          const compact = settings.value.density !== 'compact';
          void settings.set('density', compact ? 'compact' : 'comfortable', compact ? 'Compact' : 'Comfortable');
        },
        'density dense comfortable',
      ),
      app.engine.status?.demo
        ? go('wipe-demo', 'Wipe the demo data', () => void keeping.wipeDemo(), 'remove delete sample')
        : go('demo', 'Load demo data', () => void keeping.loadDemo(), 'example sample try'),
      go('notifications', 'Quiet hours and notifications', () => app.showSettings('notifications'), 'settings mute'),
      go('retention', 'What is kept, and how long', () => app.showSettings('keeping'), 'settings retention size'),
    ];
  }

  #views(): Entry[] {
    const saved = this.app.views.list.map((view) => ({
      id: `view-${view.id}`,
      group: 'Views' as const,
      label: view.name,
      hint: view.query === '' ? 'all alerts' : view.query,
      run: () => {
        this.app.screen = 'alerts';
        void this.app.views.choose(view.id);
      },
    }));
    if (saved.length > 0) return saved;
    const run = (): void => this.app.showAlerts(FIRST_QUERY);
    return [{ id: 'view-open', group: 'Views', label: 'What needs someone', run }];
  }

  #rules(): Entry[] {
    const { app } = this;
    const all = app.rules.list.map((row) => ({
      id: `rule-${row.name}`,
      group: 'Rules' as const,
      label: row.name,
      hint: row.state,
      run: () => app.editRule(row.name),
    }));
    return [
      {
        id: 'catalogue',
        group: 'Go to',
        label: 'Catalogue of rules',
        also: 'templates',
        run: () => app.showRules('catalogue'),
      },
      ...all,
    ];
  }

  #sources(): Entry[] {
    return this.app.sources.list.map((source) => ({
      id: `source-${source.name}`,
      group: 'Sources',
      label: source.name,
      hint: source.kindTitle,
      run: () => {
        this.app.screen = 'sources';
        void this.app.sources.select(source.name);
      },
    }));
  }

  #alert(row: AlertRow): Entry {
    return {
      id: `alert-${row.id}`,
      group: 'Alerts',
      label: row.title,
      hint: row.source,
      row,
      run: () => this.app.openAlert(row.id),
    };
  }
}
