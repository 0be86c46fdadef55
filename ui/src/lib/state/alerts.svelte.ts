/**
 * The alert list: what is loaded, the cursor and the selection, and changes that come in while it is read.
 * The rule for those: a row that is being read never moves by itself.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { AlertRow, AlertsChanged, Client } from '../ipc/client';
import { ClientError, toClientError } from '../ipc/errors';
import { AlertFilter } from './filter.svelte';
import { LiveQueue } from './live';
import { orderOf, PageChain, type Page } from './pages';

/** Rows a page. */
const PAGE = 200;
/** Pages that keep their rows. */
const LOADED_PAGES = 30;
/** Rows the table goes down to; beyond, browsers can no longer place a row exactly. */
export const MOST_ROWS = 400_000;
/** Rows put into one page before the list is read afresh. */
const SWOLLEN = 1_000;
/** Counting stops here: "10,000+" says enough. */
const COUNT_LIMIT = 10_000;

export class AlertList {
  readonly filter = new AlertFilter();
  readonly selection = new SvelteSet<string>();

  /** Where the list stands: `loading` until the first page of a query is there. */
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state<ClientError | null>(null);
  /** Why further rows could not be read; nothing more is asked for until `retryMore`. */
  moreError = $state<ClientError | null>(null);
  /** Why the search text cannot be used; the list still shows what it showed. */
  queryError = $state<string | null>(null);
  /** The row keys act on, or -1. */
  cursor = $state(-1);
  /** New rows that wait to be let in. */
  readonly waiting = new SvelteSet<string>();
  /** More came in than could be named. */
  manyWaiting = $state(false);
  /** How many there are in all, where that is known. */
  matching = $state<{ count: number; exact: boolean } | null>(null);
  /** Set by the table. */
  atTop = $state(true);
  firstVisible = 0;
  lastVisible = 0;
  pageRows = 10;
  /** Rows came (positive) or went above what is read. */
  onShift: (rows: number) => void = () => undefined;
  /** The list was read afresh: show its beginning. */
  onTop: () => void = () => undefined;
  /** Grows whenever the cursor is moved, as against pushed. */
  moves = $state(0);
  /** Set by the window: a panel beside the list shows one of its rows. */
  peeking: () => boolean = () => false;

  #chain = new PageChain();
  #version = $state(0);
  #applied = { query: '', sort: 'time' };
  #generation = 0;
  #loading = new Map<Page | 'next', Promise<void>>();
  #reading: Promise<void> = Promise.resolve();
  #anchor = -1;
  #live: LiveQueue;

  constructor(private readonly client: Client) {
    this.#live = new LiveQueue(
      (ids) => this.#lookup(ids),
      (asked, rows, own) => this.#merge(asked, rows, own),
    );
  }

  get total(): number {
    return this.#seen().total;
  }
  get hasMore(): boolean {
    return this.#seen().hasMore && this.#chain.total < MOST_ROWS;
  }
  get capped(): boolean {
    return this.#seen().total >= MOST_ROWS;
  }
  /** The query the rows answer. */
  get applied(): string {
    return this.#applied.query;
  }

  /** Reading through this makes the reader follow every change. */
  #seen(): PageChain {
    void this.#version;
    return this.#chain;
  }
  #changed(): void {
    this.#version += 1;
  }

  slice(start: number, end: number): (AlertRow | null)[] {
    return this.#seen().slice(start, end);
  }
  rowAt(index: number): AlertRow | null {
    return this.#seen().rowAt(index);
  }
  get cursorRow(): AlertRow | null {
    return this.rowAt(this.cursor);
  }

  /** Reads the list from the top, for the filter as it is now. */
  load(): Promise<void> {
    const read = this.#read();
    this.#reading = read;
    return read;
  }

  async #read(): Promise<void> {
    const generation = ++this.#generation;
    const wanted = { query: this.filter.query, sort: this.filter.sort };
    const other = wanted.query !== this.#applied.query || wanted.sort !== this.#applied.sort;
    if (this.phase === 'failed') this.phase = 'loading';
    try {
      const page = await this.client.listAlerts({ ...wanted, after: null, skip: 0, limit: PAGE });
      if (generation !== this.#generation) return;
      const kept = this.cursorRow?.id;
      this.#applied = wanted;
      this.#loading.clear();
      this.#chain.clear();
      this.#chain.append(page.rows, page.next);
      this.waiting.clear();
      this.manyWaiting = false;
      if (other) this.selection.clear();
      this.cursor = kept === undefined ? -1 : this.#chain.indexOf(kept);
      this.#anchor = this.cursor;
      this.error = null;
      this.moreError = null;
      this.queryError = null;
      this.phase = 'ready';
      this.#changed();
      if (other) this.onTop();
      await this.#count();
    } catch (thrown) {
      if (generation !== this.#generation) return;
      const error = toClientError(thrown);
      if (error.code === 'invalid') {
        this.queryError = error.message;
        if (this.phase === 'loading') this.phase = 'ready';
      } else {
        this.error = error;
        this.matching = null;
        this.phase = 'failed';
      }
    }
  }

  async #count(): Promise<void> {
    const generation = this.#generation;
    try {
      const matching = await this.client.countAlerts(this.#applied.query, COUNT_LIMIT);
      if (generation === this.#generation) this.matching = matching;
    } catch {
      // The number is an extra: the list stands without it.
      this.matching = null;
    }
  }

  /** Sees to it that these rows are loaded, and those a little ahead. */
  async ensure(start: number, end: number): Promise<void> {
    if (this.moreError !== null) return;
    const wanted = this.#chain.pagesIn(start, end).filter((page) => page.rows === null);
    const work = wanted.map((page) => this.#once(page, () => this.#refill(page)));
    if (end + PAGE / 2 > this.#chain.total && this.hasMore) work.push(this.#once('next', () => this.#append()));
    if (work.length === 0) return;
    await Promise.all(work);
    this.#chain.trim(Math.floor((start + end) / 2), LOADED_PAGES);
    this.#changed();
  }

  /** Asks again for what could not be read. */
  retryMore(): void {
    this.moreError = null;
    this.#changed();
  }

  #once(key: Page | 'next', run: () => Promise<void>): Promise<void> {
    const running = this.#loading.get(key);
    if (running !== undefined) return running;
    const started = run()
      .catch((thrown: unknown) => {
        this.moreError = toClientError(thrown);
      })
      .finally(() => {
        if (this.#loading.get(key) === started) this.#loading.delete(key);
      });
    this.#loading.set(key, started);
    return started;
  }

  async #append(): Promise<void> {
    const generation = this.#generation;
    const after = this.#chain.pages.at(-1)?.next ?? null;
    const page = await this.client.listAlerts({ ...this.#applied, after, skip: 0, limit: PAGE });
    if (generation === this.#generation) this.#chain.append(page.rows, page.next);
  }

  async #refill(page: Page): Promise<void> {
    const generation = this.#generation;
    const limit = Math.min(500, Math.max(1, page.count));
    const answer = await this.client.listAlerts({ ...this.#applied, after: page.after, skip: 0, limit });
    if (generation === this.#generation) this.#chain.refill(page, answer.rows, answer.next);
  }

  /**
   * A list that is being read may have been read before the change, so the question waits for it; one that was
   * read anew meanwhile is asked about again.
   */
  async #lookup(ids: string[]): Promise<AlertRow[] | null> {
    await this.#reading;
    const generation = this.#generation;
    const rows = await this.client.matchAlerts(this.#applied.query, ids);
    return generation === this.#generation ? rows : null;
  }

  /** Something changed in the store. */
  onChange(change: AlertsChanged): void {
    if (change.many) {
      if (this.#mayInsert()) void this.load();
      else this.manyWaiting = true;
      this.#live.push(this.#chain.loadedIds(), false);
    }
    this.#live.push([...change.added, ...change.updated], false);
  }

  /** Takes over rows that an action of this window changed. */
  absorb(rows: AlertRow[]): Promise<void> {
    for (const row of rows) this.#chain.replace(row);
    this.#changed();
    return this.#live.push(
      rows.map((row) => row.id),
      true,
    );
  }

  #mayInsert(): boolean {
    return this.atTop && this.cursor <= 0 && this.selection.size === 0 && !this.peeking();
  }

  #merge(asked: readonly string[], rows: AlertRow[], own: boolean): void {
    const order = orderOf(this.#applied.sort);
    const matching = new Map(rows.map((row) => [row.id, row]));
    const before = this.#chain.total;
    for (const id of asked) {
      const row = matching.get(id);
      if (row === undefined) this.#take(id);
      else if (this.#chain.has(id)) this.#chain.replace(row);
    }
    // Decided once for all of them: the first one let in must not shut out the rest.
    const free = this.#mayInsert();
    for (const row of rows) {
      const place = this.#chain.has(row.id) ? null : this.#chain.placeOf(row, order);
      if (place === null) continue;
      if (!own && !free && place.index <= this.lastVisible) {
        this.waiting.add(row.id);
        continue;
      }
      this.#chain.insert(row, place);
      if (place.index < this.firstVisible) this.#shift(1);
      if (this.cursor >= place.index) this.cursor += 1;
      if (this.#anchor >= place.index) this.#anchor += 1;
    }
    this.#changed();
    if (this.#chain.total !== before || this.waiting.size > 0) void this.#count();
    if (free && (this.#chain.pages[0]?.count ?? 0) > SWOLLEN) void this.load();
  }

  #shift(by: number): void {
    this.firstVisible += by;
    this.lastVisible += by;
    this.onShift(by);
  }

  #take(id: string): void {
    this.waiting.delete(id);
    this.selection.delete(id);
    const index = this.#chain.remove(id);
    if (index === -1) return;
    if (index < this.firstVisible) this.#shift(-1);
    if (index < this.cursor) this.cursor -= 1;
    if (index < this.#anchor) this.#anchor -= 1;
    this.cursor = Math.min(this.cursor, this.#chain.total - 1);
  }

  /** Moves the cursor to a row that exists. */
  moveTo(index: number): void {
    if (this.#chain.total === 0) return;
    this.cursor = Math.max(0, Math.min(index, this.#chain.total - 1));
    this.#anchor = this.cursor;
    this.moves += 1;
  }
  moveBy(rows: number): void {
    this.moveTo(this.cursor === -1 ? 0 : this.cursor + rows);
  }

  /** Puts the cursor on this alert if it is loaded. */
  moveToId(id: string): void {
    const index = this.#chain.indexOf(id);
    if (index !== -1) this.moveTo(index);
  }

  toggle(index: number): void {
    const row = this.rowAt(index);
    if (row === null) return;
    if (!this.selection.delete(row.id)) this.selection.add(row.id);
    this.#anchor = index;
  }

  /** Selects from the last row touched up to this one. */
  async selectTo(index: number): Promise<void> {
    const from = this.#anchor === -1 ? index : this.#anchor;
    const [start, end] = [Math.min(from, index), Math.max(from, index) + 1];
    await this.ensure(start, end);
    for (const row of this.slice(start, end)) if (row !== null) this.selection.add(row.id);
    this.cursor = index;
    this.moves += 1;
  }

  /** Lets in what waits, and shows it. */
  async letIn(): Promise<void> {
    await this.load();
    this.onTop();
  }

  selectLoaded(): void {
    for (const id of this.#chain.loadedIds()) this.selection.add(id);
  }
}
