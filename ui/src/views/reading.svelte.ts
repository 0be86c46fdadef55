/** What keys, clicks and menus do on the alert screen: moving, opening, acting, filtering by a value. */
import { tick } from 'svelte';
import type { Act } from '../components/alert/ActionButtons.svelte';
import type { Asking } from '../components/alert/ActionDialogs.svelte';
import type { Spot } from '../components/alert/AlertTable.svelte';
import { type MenuDoes, rowLines, type Value, valueIn, valueLines, valueOfEntity } from '../components/alert/menu';
import type { MenuLine } from '../components/ui/Menu.svelte';
import { copyText } from '../lib/clipboard';
import type { ActionSpec } from '../lib/ipc/client';
import type { KeyMap } from '../lib/keys';
import { sizeOf, type Targets } from '../lib/state/actions.svelte';
import type { App } from '../lib/state/app.svelte';
import { MOST_SELECTED } from '../lib/state/selection.svelte';
import type { EntityRef } from '../lib/text/entities';
import { number } from '../lib/text/words';

interface Point {
  x: number;
  y: number;
}

export class Reading {
  /** The action that waits for a reason, a time or a text. */
  asking = $state<Asking | null>(null);
  menu = $state<{ lines: MenuLine[]; at: Point } | null>(null);

  constructor(
    private readonly app: App,
    /** The table and the panel beside it, where they are drawn. */
    private readonly table: () => HTMLElement | null,
    private readonly panel: () => HTMLElement | null,
  ) {}

  act(what: Act, targets: Targets = this.app.actions.targets()): void {
    if (sizeOf(targets) === 0) {
      this.app.toasts.show({ text: 'Choose an alert first: j and k move, x selects' });
    } else if (what === 'snooze' || what === 'close' || what === 'note') {
      this.asking = { what, targets };
    } else {
      void this.app.actions.act({ kind: what }, targets);
    }
  }
  /** The panel's buttons are for its alert, whatever is selected. */
  actOnOpen(what: Act): void {
    const { id } = this.app.peek;
    if (id !== null) this.act(what, { ids: [id] });
  }
  doToOpen(action: ActionSpec): void {
    const { id } = this.app.peek;
    if (id !== null) void this.app.actions.act(action, { ids: [id] });
  }
  answer(action: ActionSpec): void {
    const targets = this.asking?.targets;
    this.asking = null;
    void this.app.actions.act(action, targets);
  }

  // Menus.

  readonly #valueDoes: Pick<MenuDoes, 'only' | 'hide' | 'copy' | 'entity'> = {
    only: (value) => this.show(value),
    hide: ({ field, value }) => {
      if (field !== null) void this.app.alerts.filter.exclude(field, value);
    },
    copy: (text, what) => void this.copy(text, what),
    entity: (entity) => void this.app.entity.open(entity),
  };

  async openMenu(spot: Spot): Promise<void> {
    const { alerts, actions, entity: panel, clock } = this.app;
    const row = alerts.rowAt(spot.index);
    if (row === null) return;
    const entity = spot.field === 'entity' ? await panel.ofRow(row) : null;
    const value = entity === null ? valueIn(row, spot.field) : valueOfEntity(entity);
    const many = alerts.selection.has(row.id) ? alerts.selection.size : 1;
    const targets = many > 1 ? actions.targets() : { ids: [row.id] };
    const lines = rowLines(row, value, many, clock.now, {
      ...this.#valueDoes,
      act: (what) => this.act(what, targets),
      open: () => void this.open(spot.index),
      select: () => alerts.toggle(spot.index),
    });
    this.menu = { lines, at: { x: spot.x, y: spot.y } };
  }
  entityMenu(entity: EntityRef, at: Point): void {
    this.menu = { lines: valueLines(valueOfEntity(entity), this.#valueDoes), at };
  }
  /** Shows only what has this value. */
  show({ field, value }: Value): void {
    if (field !== null) void this.app.alerts.filter.only(field, value);
  }
  async copy(text: string, what: string): Promise<void> {
    try {
      await copyText(text);
      this.app.toasts.show({ text: `Copied ${what}` });
    } catch {
      this.app.toasts.show({ text: `Could not copy ${what}`, tone: 'warning' });
    }
  }

  // Moving.

  open(index: number): Promise<void> {
    this.app.entity.close();
    this.app.alerts.moveTo(index);
    return this.#follow(true);
  }
  /** The panel shows the row at the cursor: if it is open, or if it is to be. The row may have to be read first. */
  async #follow(force = false): Promise<void> {
    const { alerts, peek } = this.app;
    if (!force && peek.id === null) return;
    const { cursor } = alerts;
    if (alerts.cursorRow === null) await alerts.ensure(cursor, cursor + 1);
    const row = alerts.cursorRow;
    if (row !== null && alerts.cursor === cursor) await peek.open(row.id);
  }
  #focusTable(): void {
    this.table()?.focus({ preventScroll: true });
  }
  #step(to: number): void {
    this.app.alerts.moveTo(to);
    void this.#follow();
    if (!this.panel()?.contains(document.activeElement)) this.#focusTable();
  }
  /** These keys scroll the panel while it has the focus; with Shift they select on the way. */
  #stepHere(event: KeyboardEvent, to: number): void {
    const panel = this.panel();
    if (panel?.contains(event.target as Node)) scrollPanel(panel, event.key);
    else if (event.shiftKey) this.#extend(to);
    else this.#step(to);
  }
  #extend(to: number): void {
    void this.app.alerts.extendTo(to).then((done) => void (done || this.tooMany()));
    this.#focusTable();
  }
  tooMany(): void {
    this.app.toasts.show({
      text: `A range holds at most ${number(MOST_SELECTED)} alerts`,
      details: ['To take more, press Ctrl+A and select all that match.'],
    });
  }
  /** The place so many rows on; the first one where there is no cursor yet. */
  #by(rows: number): number {
    const { cursor } = this.app.alerts;
    return cursor === -1 ? 0 : Math.max(0, cursor + rows);
  }
  get #here(): number {
    return Math.max(0, this.app.alerts.cursor);
  }

  /** Shows all about the one that the alert shown, or the one at the cursor, is about. */
  async showWhom(): Promise<void> {
    const { entity, peek, toasts } = this.app;
    if (peek.id === null) await this.open(this.#here);
    const { id } = peek;
    if (id === null) return;
    const one = await entity.ofAlert(id);
    // Whoever has moved on by then stays there.
    if (peek.id !== id) return;
    if (one === null) return void toasts.show({ text: 'This alert names nobody and nothing' });
    await entity.open(one);
    await this.#focusPanel();
  }
  /** A new rule that watches for alerts such as the one shown, or at the cursor; of a rule's own alert that rule. */
  async #rule(): Promise<void> {
    const { alerts, peek, toasts } = this.app;
    const id = peek.id ?? alerts.cursorRow?.id ?? null;
    if (id === null) return void toasts.show({ text: 'Choose an alert first: j and k move' });
    await this.app.ruleFromAlert(id);
  }
  /** The menu of the row or the value at the cursor, as the menu key asks for it, which not every keyboard has. */
  #askMenu(): void {
    const { alerts } = this.app;
    if (alerts.cursor < 0) alerts.moveTo(0);
    void tick().then(() =>
      this.table()?.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true })),
    );
  }

  /** Steps out: of the panel, the cell, the selection, the cursor. */
  leave(): void {
    const { alerts, peek, entity } = this.app;
    if (entity.shown !== null || peek.id !== null) {
      if (entity.shown !== null) entity.close();
      else {
        peek.close();
        // The way back ends with the panel.
        entity.close();
      }
      if (peek.id === null) this.#focusTable();
      else void this.#focusPanel();
    } else if (alerts.cell !== null) alerts.cell = null;
    else if (alerts.selection.size > 0) alerts.selection.clear();
    else alerts.cursor = -1;
  }
  async #focusPanel(): Promise<void> {
    await tick();
    this.panel()?.querySelector<HTMLElement>('[role="tabpanel"], [data-scrolls]')?.focus({ preventScroll: true });
  }

  readonly keys: KeyMap = {
    j: () => this.#step(this.#by(1)),
    k: () => this.#step(this.#by(-1)),
    J: () => this.#extend(this.#by(1)),
    K: () => this.#extend(this.#by(-1)),
    ArrowDown: (event) => this.#stepHere(event, this.#by(1)),
    ArrowUp: (event) => this.#stepHere(event, this.#by(-1)),
    PageDown: (event) => this.#stepHere(event, this.#by(this.app.alerts.pageRows)),
    PageUp: (event) => this.#stepHere(event, this.#by(-this.app.alerts.pageRows)),
    Home: (event) => this.#stepHere(event, 0),
    End: (event) => this.#stepHere(event, this.app.alerts.total - 1),
    x: () => {
      const { alerts } = this.app;
      if (alerts.cursor < 0) alerts.moveTo(0);
      alerts.toggle(alerts.cursor);
    },
    'Ctrl+a': () => {
      const { alerts } = this.app;
      if (alerts.canSelectEverything) alerts.selectEverything();
      else alerts.selectLoaded();
    },
    Enter: () => {
      // What takes the focus is there once the alert is; whoever has moved on by then stays in the list.
      const here = this.#here;
      void this.open(here).then(() => (this.app.alerts.cursor === here ? this.#focusPanel() : undefined));
    },
    Space: () => void (this.app.peek.id === null ? this.open(this.#here) : this.leave()),
    w: () => {
      if (this.app.peek.id === null) void this.open(this.#here);
      this.app.entity.close();
      this.app.peek.tab = 'why';
    },
    i: () => void this.showWhom(),
    m: () => this.#askMenu(),
    Escape: () => this.leave(),
    a: () => this.act('acknowledge'),
    s: () => this.act('snooze'),
    e: () => this.act('close'),
    o: () => this.act('reopen'),
    E: () => this.act('reopen'),
    n: () => this.act('note'),
    r: () => void this.#rule(),
    z: () => void this.app.actions.undoLast(),
    'Ctrl+z': () => void this.app.actions.undoLast(),
    '.': () => void this.app.alerts.letIn(),
  };

  /** Back and forward in the panel; the window's own keys leave Alt alone. */
  onAlt(event: KeyboardEvent): void {
    const { entity } = this.app;
    if (!event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    if (event.key === 'ArrowLeft' && entity.canGoBack) void entity.back();
    else if (event.key === 'ArrowRight' && entity.canGoForward) void entity.forward();
    else return;
    event.preventDefault();
  }
}

function scrollPanel(panel: Element, key: string): void {
  const box = panel.querySelector('[role="tabpanel"], [data-scrolls]');
  const page = (box?.clientHeight ?? 0) * 0.9;
  const by: Record<string, number> = { ArrowDown: 40, ArrowUp: -40, PageDown: page, PageUp: -page };
  if (key === 'Home' || key === 'End') box?.scrollTo(0, key === 'Home' ? 0 : box.scrollHeight);
  else box?.scrollBy(0, by[key] ?? 0);
}
