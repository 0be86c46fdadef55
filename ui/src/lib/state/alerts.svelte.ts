/**
 * The alert list: what is loaded, the cursor and the selection, and changes that come in while it is read.
 * The rule for those: a row that is being read never moves by itself.
 */
import { SvelteSet } from 'svelte/reactivity';
import type { AlertRow, AlertsChanged, Client } from '../ipc/client';
import { ClientError, toClientError } from '../ipc/errors';
import { AlertFilter } from './filter.svelte';
import { LiveQueue } from './live';
import { orderOf, PAGE, PageChain } from './pages';
import { SeenMarks } from './seen.svelte';
import { MOST_SELECTED, Selection } from './selection.svelte';

/** Pages that keep their rows. */
const LOADED_PAGES = 30;
/** Rows read beyond what is seen, so that scrolling meets them. */
const AHEAD = 60;
/** Rows put into one page before the list is read afresh. */
const SWOLLEN = 1_000;
/** Counting stops here at first: "10,000+" is said at once, the whole number a little later. */
const FIRST_COUNT = 10_000;
/** New rows are pointed out this long, in ms. */
const ARRIVAL_MS = 1_500;
const WHOLE_COUNT = 100_000_000;

export class AlertList {
  readonly filter = new AlertFilter();
  readonly selection = new Selection();
  readonly seen: SeenMarks;

  /** Where the list stands: `loading` until the first page of a query is there. */
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state<ClientError | null>(null);
  /** Why further rows could not be read; nothing more is asked for until `retryMore`. */
  moreError = $state<ClientError | null>(null);
  /** Why the search text cannot be used; the list still shows what it showed. */
  queryError = $state<string | null>(null);
  /** The row keys act on, or -1. */
  cursor = $state(-1);
  /** The value in that row that keys act on, by its column; none is the whole row. */
  cell = $state<string | null>(null);
  /** New rows that wait to be let in. */
  readonly waiting = new SvelteSet<string>();
  /** Rows that came in a moment ago. */
  readonly arrived = new SvelteSet<string>();
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
  #wanted: readonly [number, number] = [0, 0];
  #filling: Promise<void> | null = null;
  #counting: Promise<void> | null = null;
  #recount = false;
  #reading: Promise<void> = Promise.resolve();
  /** What was counted elsewhere, maybe before the rows of that query were there. */
  #counted: { query: string; count: number } | null = null;
  #anchor = -1;
  #live: LiveQueue;

  constructor(private readonly client: Client) {
    this.#live = new LiveQueue(
      (ids) => this.#lookup(ids),
      (asked, rows, own) => this.#merge(asked, rows, own),
    );
    this.seen = new SeenMarks(client, (ids) => {
      for (const id of ids) this.#chain.patch(id, { seen: true });
      this.#changed();
    });
  }

  get total(): number {
    return this.#tracked().total;
  }
  get hasMore(): boolean {
    return this.#tracked().hasMore;
  }
  /** The query the rows answer. */
  get applied(): string {
    return this.#applied.query;
  }
  /** What the rows that are shown were asked with, and what is asked now: the same once the answer is there. */
  get shownAs(): string {
    void this.#version;
    return `${this.#applied.sort} ${this.#applied.query}`;
  }
  get askedAs(): string {
    return `${this.filter.sort} ${this.filter.query}`;
  }

  /** Reading through this makes the reader follow every change. */
  #tracked(): PageChain {
    void this.#version;
    return this.#chain;
  }
  #changed(): void {
    this.#version += 1;
  }

  slice(start: number, end: number): (AlertRow | null)[] {
    return this.#tracked().slice(start, end);
  }
  rowAt(index: number): AlertRow | null {
    return this.#tracked().rowAt(index);
  }
  get cursorRow(): AlertRow | null {
    return this.rowAt(this.cursor);
  }

  /** Reads the list from the top, for the filter as it is now, and how many there are. */
  async load(): Promise<void> {
    await this.loadRows();
    await this.count();
  }
  /** As `load`, without counting. */
  loadRows(): Promise<void> {
    const read = this.#read();
    this.#reading = read;
    return read;
  }
  /** Counts what the rows that are shown are the first of; nothing without such rows. */
  async count(): Promise<void> {
    if (this.phase === 'ready' && this.queryError === null) await this.#count();
  }

  /** Whoever counts the same anyway says so here, and spares the list a question. */
  counted(query: string, count: number): void {
    this.#counted = { query, count };
    if (this.phase === 'ready' && query === this.#applied.query) {
      this.#takeCount();
      this.#changed();
    }
  }
  #takeCount(): void {
    if (this.#counted?.query !== this.#applied.query) return;
    this.matching = { count: this.#counted.count, exact: true };
    this.#chain.setTotal(this.#counted.count - this.waiting.size);
  }

  /** Does something to the rows that were asked for: at once, or when they have taken the place of those of before. */
  async whenShown(act: () => void): Promise<void> {
    // A query that cannot be read leaves the rows of before, which are then what is meant.
    if (this.shownAs !== this.askedAs) await this.#reading;
    act();
  }

  async #read(): Promise<void> {
    const generation = ++this.#generation;
    const wanted = { query: this.filter.query, sort: this.filter.sort };
    const otherQuery = wanted.query !== this.#applied.query;
    const other = otherQuery || wanted.sort !== this.#applied.sort;
    if (this.phase === 'failed') this.phase = 'loading';
    try {
      const page = await this.client.listAlerts({ ...wanted, after: null, skip: 0, limit: PAGE });
      if (generation !== this.#generation) return;
      const kept = this.cursorRow?.id;
      this.#applied = wanted;
      this.#chain.clear();
      this.#chain.append(page.rows, page.next);
      // The number of before is nearly right: the scroll bar does not jump while it is counted anew.
      if (!otherQuery) this.#chain.setTotal(this.matching?.count ?? 0);
      else this.matching = null;
      this.waiting.clear();
      if (otherQuery) this.#takeCount();
      this.manyWaiting = false;
      if (other) this.selection.clear();
      this.cursor = kept === undefined ? -1 : this.#chain.indexOf(kept);
      this.#anchor = this.cursor;
      this.error = null;
      this.moreError = null;
      this.queryError = null;
      this.phase = 'ready';
      if (other) this.onTop();
      this.#changed();
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

  /** Counts what matches: one question at a time, and once more if something changed meanwhile. */
  #count(): Promise<void> {
    this.#recount = true;
    this.#counting ??= this.#countAll().finally(() => {
      this.#counting = null;
    });
    return this.#counting;
  }

  async #countAll(): Promise<void> {
    while (this.#recount) {
      this.#recount = false;
      const first = (this.matching?.count ?? 0) > FIRST_COUNT ? WHOLE_COUNT : FIRST_COUNT;
      if (!(await this.#countTo(first)) && first !== WHOLE_COUNT) await this.#countTo(WHOLE_COUNT);
    }
  }

  /** Whether nothing is left to count. */
  async #countTo(limit: number): Promise<boolean> {
    const generation = this.#generation;
    try {
      const matching = await this.client.countAlerts(this.#applied.query, limit);
      if (generation !== this.#generation) return true;
      this.matching = matching;
      if (matching.exact) this.#chain.setTotal(matching.count - this.waiting.size);
      this.#changed();
      return matching.exact;
    } catch {
      // The number is an extra: the list stands without it, and grows as it is read.
      if (generation === this.#generation) this.matching = null;
      return true;
    }
  }

  /**
   * Sees to it that these rows are loaded, then those a little ahead. While one answer is on its way the latest wish
   * replaces the one before, so a drag over a million rows asks for what it passes only where it rests.
   */
  ensure(start: number, end: number): Promise<void> {
    this.#wanted = [start, end];
    this.#filling ??= this.#fill().finally(() => {
      this.#filling = null;
    });
    return this.#filling;
  }

  async #fill(): Promise<void> {
    while (this.moreError === null) {
      const [start, end] = this.#wanted;
      const ask = this.#chain.missing(start, end) ?? this.#chain.missing(Math.max(0, start - AHEAD), end + AHEAD);
      if (ask === null) return;
      const generation = this.#generation;
      const { after, skip, limit } = ask;
      try {
        const page = await this.client.listAlerts({ ...this.#applied, after, skip, limit });
        if (generation !== this.#generation) continue;
        this.#chain.fill(ask, page.rows, page.next);
        // The list may be longer or shorter than it was counted.
        if (page.next === null || page.rows.length < limit) void this.#count();
        this.#chain.trim(Math.floor((this.#wanted[0] + this.#wanted[1]) / 2), LOADED_PAGES);
        this.#changed();
      } catch (thrown) {
        if (generation === this.#generation) this.moreError = toClientError(thrown);
      }
    }
  }

  /** Asks again for what could not be read. */
  retryMore(): void {
    this.moreError = null;
    this.#changed();
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
    const fresh = rows.filter((row) => !this.#chain.has(row.id));
    for (const row of fresh) {
      const place = this.#chain.placeOf(row, order);
      if (place === null) continue;
      if (!own && !free && place.index <= this.lastVisible) {
        this.waiting.add(row.id);
        continue;
      }
      this.#chain.insert(row, place);
      this.waiting.delete(row.id);
      this.#arrive(row.id);
      if (place.index < this.firstVisible) this.#shift(1);
      if (this.cursor >= place.index) this.cursor += 1;
      if (this.#anchor >= place.index) this.#anchor += 1;
    }
    this.#changed();
    if (this.#chain.total !== before || fresh.length > 0) void this.#count();
    if (free && (this.#chain.pages[0]?.count ?? 0) > SWOLLEN) void this.load();
  }

  /** Each new row is pointed out once, however often it scrolls in and out of sight. */
  #arrive(id: string): void {
    if (this.arrived.size === 0) setTimeout(() => this.arrived.clear(), ARRIVAL_MS);
    this.arrived.add(id);
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
    this.selection.toggle(row.id, () => this.#chain.loadedIds());
    this.#anchor = index;
  }

  /** Selects from the last row touched up to this one; answers false when that is more than a range may hold. */
  async selectTo(index: number): Promise<boolean> {
    const to = Math.max(0, Math.min(index, this.total - 1));
    const from = this.#anchor === -1 ? to : this.#anchor;
    const [start, end] = [Math.min(from, to), Math.max(from, to) + 1];
    if (end - start > MOST_SELECTED) return false;
    this.cursor = to;
    this.moves += 1;
    // Page by page: what was read first may be given up again before the last is there.
    for (let at = start; at < end; at += PAGE) {
      const until = Math.min(end, at + PAGE);
      await this.ensure(at, until);
      this.selection.add(this.slice(at, until).flatMap((row) => (row === null ? [] : [row.id])));
    }
    return true;
  }

  /** As Shift with a move does: the range from where it began grows or shrinks to here. */
  async extendTo(index: number): Promise<boolean> {
    const to = Math.max(0, Math.min(index, this.total - 1));
    const old = this.cursor;
    if (old === -1 || this.#anchor === -1) this.#anchor = Math.max(0, old);
    const shrinks = Math.sign(old - to) === Math.sign(old - this.#anchor);
    if (shrinks && Math.abs(old - to) <= Math.abs(old - this.#anchor)) {
      const left = old > to ? this.slice(to + 1, old + 1) : this.slice(old, to);
      for (const row of left) if (row !== null) this.selection.delete(row.id);
    }
    return this.selectTo(to);
  }

  /** Lets in what waits, and shows it; the cursor stays on its alert. */
  async letIn(): Promise<void> {
    if (this.manyWaiting) await this.load();
    else {
      await this.#live.push([...this.waiting], true);
      this.waiting.clear();
    }
    this.onTop();
  }

  /** Reads the list again after a change to more rows than can be named; the cursor keeps its place. */
  async reload(): Promise<void> {
    const place = this.cursor;
    await this.load();
    if (this.cursor === -1) this.cursor = Math.min(place, this.total - 1);
  }

  selectLoaded(): void {
    this.selection.add(this.#chain.loadedIds());
  }

  /** Selects what matches, loaded or not. */
  selectEverything(): void {
    if (this.matching !== null) this.selection.selectEverything(this.matching.count);
  }

  /** Whether everything loaded is selected and more would match. */
  get canSelectEverything(): boolean {
    const { matching, selection } = this;
    if (matching === null || selection.everything || selection.size === 0) return false;
    const loaded = this.#tracked().loadedIds();
    return matching.count > selection.size && loaded.length > 0 && loaded.every((id) => selection.has(id));
  }
}
