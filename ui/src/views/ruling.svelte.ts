/** What keys, clicks, menus and files do on the screen of rules. */
import { tick } from 'svelte';
import type { RowDoes } from '../components/rule/list/types';
import type { MenuLine } from '../components/ui/Menu.svelte';
import type { TemplateView } from '../lib/ipc/client';
import { toClientError } from '../lib/ipc/errors';
import type { KeyMap } from '../lib/keys';
import { print } from '../lib/query/grammar';
import { copyOf, type Entry } from '../lib/rules/entry';
import { MOST_TEXT } from '../lib/rules/split';
import type { App } from '../lib/state/app.svelte';
import { RuleImport } from '../lib/state/ruleimport.svelte';
import { number } from '../lib/text/words';

type Anchor = { x: number; y: number } | HTMLElement;

export class Ruling {
  menu = $state<{ lines: MenuLine[]; at: Anchor } | null>(null);
  incoming = $state.raw<RuleImport | null>(null);

  constructor(
    private readonly app: App,
    private readonly search: () => HTMLInputElement | null,
    private readonly table: () => { follow: () => Promise<void> } | null,
  ) {}

  readonly does: RowDoes = {
    open: (name) => this.app.editRule(name),
    state: (name, state) => {
      this.app.rules.cursor = name;
      void this.app.rules.setState([name], state).then(() => this.#keep(name, state));
    },
    select: (name) => this.app.rules.toggle(name),
    menu: (name, at) => this.#openMenu(name, at),
    alerts: (name, more) => this.app.showAlerts(`${print({ negated: false, field: 'rule', values: [name] })} ${more}`),
    cursor: (name) => (this.app.rules.cursor = name),
  };

  /** The focus stays on the switch that was turned, though the row was drawn anew. */
  async #keep(name: string, state: string): Promise<void> {
    await tick();
    if (document.activeElement !== document.body) return;
    const row = [...document.querySelectorAll<HTMLElement>('[data-testid="rule-row"]')].find(
      (one) => one.dataset.rule === name,
    );
    row?.querySelector<HTMLElement>(`[data-testid="rule-state-${state}"]`)?.focus({ preventScroll: true });
  }

  // Moving.

  #step(by: number): void {
    this.app.rules.move(by);
    void this.#follow();
  }
  #to(at: number): void {
    this.app.rules.moveTo(at);
    void this.#follow();
  }
  async #follow(): Promise<void> {
    await tick();
    await this.table()?.follow();
  }
  /** From the search into the list. */
  async toList(): Promise<void> {
    const { rules } = this.app;
    if (rules.at === -1) rules.moveTo(0);
    this.search()?.blur();
    await this.#follow();
  }

  // Doing.

  async remove(): Promise<void> {
    const { rules } = this.app;
    await rules.remove(rules.targets());
    await this.#follow();
  }

  #duplicate(entry: Entry | null): void {
    const { rules, studio } = this.app;
    if (entry !== null) studio.begin(copyOf(entry, rules.names));
  }

  #openMenu(name: string, at: Anchor): void {
    const { rules } = this.app;
    rules.cursor = name;
    const entry = rules.entries.find((one) => one.name === name);
    if (entry === undefined) return;
    const many = rules.selected.has(name) && rules.selected.size > 1;
    const names = many ? rules.targets() : [name];
    const { candidate } = entry.row;
    const of = many ? ` ${number(names.length)} rules` : '';
    const waiting: MenuLine[] =
      candidate === null || many
        ? []
        : [
            { id: 'promote', label: `Promote version ${candidate}`, run: () => void rules.setState([name], 'live') },
            { id: 'discard', label: `Take version ${candidate} back`, run: () => void rules.discardCandidate(name) },
          ];
    const lines: MenuLine[] = [
      { id: 'open', label: 'Open in the studio', shortcut: 'Enter', run: () => this.app.editRule(name) },
      { id: 'duplicate', label: 'Duplicate', shortcut: 'd', run: () => this.#duplicate(entry) },
      { id: 'alerts', label: 'Show its alerts', run: () => this.does.alerts(name, '') },
      null,
      ...waiting,
      { id: 'live', label: `Live${of}`, shortcut: '3', run: () => void rules.setState(names, 'live') },
      { id: 'shadow', label: `Shadow${of}`, shortcut: '2', run: () => void rules.setState(names, 'shadow') },
      { id: 'off', label: `Off${of}`, shortcut: '1', run: () => void rules.setState(names, 'off') },
      null,
      { id: 'export', label: `Export${of} as JSON`, shortcut: 'e', run: () => void rules.export(names, 'json') },
      { id: 'export-yaml', label: `Export${of} as YAML`, run: () => void rules.export(names, 'yaml') },
      { id: 'remove', label: `Remove${of}`, shortcut: 'Del', danger: true, run: () => void rules.remove(names) },
    ];
    this.menu = { lines, at };
  }

  /** Steps out: of the selection, the search, the choice, the cursor. */
  #leave(): void {
    const { rules } = this.app;
    if (rules.selected.size > 0) rules.clearSelection();
    else if (rules.search !== '') rules.search = '';
    else if (rules.shown !== 'all') rules.shown = 'all';
    else rules.cursor = null;
  }

  readonly #both: KeyMap = {
    n: () => this.app.editRule(null),
    c: () => this.app.editRule(null),
    '/': () => this.search()?.select(),
  };
  readonly catalogueKeys: KeyMap = {
    ...this.#both,
    Escape: () => (this.app.rules.tab = 'rules'),
  };
  readonly keys: KeyMap = {
    ...this.#both,
    j: () => this.#step(1),
    k: () => this.#step(-1),
    ArrowDown: () => this.#step(1),
    ArrowUp: () => this.#step(-1),
    PageDown: () => this.#step(10),
    PageUp: () => this.#step(-10),
    Home: () => this.#to(0),
    End: () => this.#to(this.app.rules.arranged.length - 1),
    Enter: () => {
      const { current } = this.app.rules;
      if (current !== null) this.app.editRule(current.name);
    },
    x: () => {
      const { rules } = this.app;
      if (rules.at === -1) this.#to(0);
      if (rules.current !== null) rules.toggle(rules.current.name);
    },
    'Ctrl+a': () => this.app.rules.toggleAll(),
    d: () => this.#duplicate(this.app.rules.current),
    e: () => void this.app.rules.export(this.app.rules.targets(), 'json'),
    Delete: () => void this.remove(),
    '1': () => void this.app.rules.setState(this.app.rules.targets(), 'off'),
    '2': () => void this.app.rules.setState(this.app.rules.targets(), 'shadow'),
    '3': () => void this.app.rules.setState(this.app.rules.targets(), 'live'),
    m: () => {
      const { current } = this.app.rules;
      const row = [...document.querySelectorAll<HTMLElement>('[data-testid="rule-row"]')].find(
        (one) => one.dataset.rule === current?.name,
      );
      const button = row?.querySelector<HTMLElement>('[data-testid="rule-menu"]');
      if (current !== null && button) this.#openMenu(current.name, button);
    },
    Escape: () => this.#leave(),
  };

  // Bringing in.

  startImport(): RuleImport {
    this.incoming ??= new RuleImport(this.app.client, () => this.app.rules.list);
    return this.incoming;
  }
  async importText(text: string, from: string): Promise<void> {
    await this.startImport().read(text, from);
  }
  async importFiles(files: readonly File[]): Promise<void> {
    const incoming = this.startImport();
    for (const file of files) {
      // What is too long is not even read.
      if (file.size > MOST_TEXT) incoming.refuse(file.name, 'It is longer than 5 MB: split it.');
      else await incoming.read(await file.text(), file.name);
    }
  }
  async finishImport(): Promise<void> {
    const { incoming, app } = this;
    const added = (await incoming?.add()) ?? null;
    if (incoming === null || added === null) return;
    if (incoming.list.length === 0) this.incoming = null;
    await app.rules.load();
    app.rules.tell(added.said, added.details, added.back);
  }

  async addTemplate(template: TemplateView): Promise<void> {
    const { catalogue, rules, toasts } = this.app;
    try {
      const { name } = await catalogue.add(template, rules.names);
      await rules.load();
      rules.cursor = name;
      rules.tell(`Added “${name}” in shadow`, ['It records what it would have said; nobody is told.'], () =>
        catalogue.takeBack(name),
      );
    } catch (thrown) {
      toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }
}
