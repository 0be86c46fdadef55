/**
 * The loaded part of an endless table: a chain of pages, each known by the cursor it starts at. Pages far from
 * what is looked at give up their rows and keep their place, so a million rows cost what a few thousand do.
 * Plain data: no requests, no reactivity.
 */
import type { AlertRow } from '../ipc/client';
import { severityRank } from '../text/words';

export interface Page {
  /** The cursor to ask for it; none for the first. */
  after: string | null;
  /** The cursor of the page behind it; none on the last. */
  next: string | null;
  /** Its rows, or none while they are given up. */
  rows: AlertRow[] | null;
  /** How many rows it has, or had. */
  count: number;
}

/** Negative when `a` stands before `b`. */
export type Order = (a: AlertRow, b: AlertRow) => number;

const KEYS: Record<string, (row: AlertRow) => number> = {
  time: (row) => -row.time,
  received: (row) => -row.receivedAt,
  updated: (row) => -row.updatedAt,
  severity: (row) => severityRank(row.severity),
};

/** The order of a sort word such as `time` or `severity:asc`; equal ones by time, newest first. */
export function orderOf(sort: string): Order {
  const [word = 'time', direction] = sort.split(':');
  const key = KEYS[word] ?? ((row: AlertRow) => -row.time);
  const sign = direction === 'asc' ? -1 : 1;
  return (a, b) => sign * (key(a) - key(b) || b.time - a.time || (b.id < a.id ? -1 : b.id > a.id ? 1 : 0));
}

export class PageChain {
  #pages: Page[] = [];
  #home = new Map<string, Page>();

  /** Rows known, given up ones too. */
  get total(): number {
    return this.#pages.reduce((sum, page) => sum + page.count, 0);
  }

  /** Whether more can be loaded behind the last page. */
  get hasMore(): boolean {
    return this.#pages.at(-1)?.next != null;
  }

  get pages(): readonly Page[] {
    return this.#pages;
  }

  has(id: string): boolean {
    return this.#home.has(id);
  }

  /** Ids of all rows that are loaded, in order. */
  loadedIds(): string[] {
    return this.#pages.flatMap((page) => page.rows?.map((row) => row.id) ?? []);
  }

  clear(): void {
    this.#pages = [];
    this.#home.clear();
  }

  /** Adds the page behind the last. */
  append(rows: AlertRow[], next: string | null): void {
    const page: Page = { after: this.#pages.at(-1)?.next ?? null, next, rows: null, count: 0 };
    this.#pages.push(page);
    this.#fill(page, rows);
  }

  /**
   * Gives a page its rows again. Where its end has moved meanwhile, the page behind it starts elsewhere and has
   * to be read again too: it is given up here and filled when it is looked at.
   */
  refill(page: Page, rows: AlertRow[], next: string | null): void {
    const at = this.#pages.indexOf(page);
    if (at === -1) return;
    this.#fill(page, rows);
    page.next = next;
    const behind = this.#pages[at + 1];
    if (next === null) {
      for (const gone of this.#pages.slice(at + 1)) this.giveUp(gone);
      this.#pages.length = at + 1;
    } else if (behind !== undefined && behind.after !== next) {
      behind.after = next;
      this.giveUp(behind);
    }
  }

  #fill(page: Page, rows: AlertRow[]): void {
    // A row that moved between two reads could come twice; the first place stands.
    const own = rows.filter((row) => !this.#home.has(row.id));
    for (const row of own) this.#home.set(row.id, page);
    page.rows = own;
    page.count = own.length;
  }

  /** Drops a page's rows; it keeps its place and its length. */
  giveUp(page: Page): void {
    for (const row of page.rows ?? []) this.#home.delete(row.id);
    page.rows = null;
  }

  /** The rows from `start` up to `end`; `null` where they are not loaded. */
  slice(start: number, end: number): (AlertRow | null)[] {
    const out: (AlertRow | null)[] = [];
    let first = 0;
    for (const page of this.#pages) {
      const last = first + page.count;
      for (let at = Math.max(start, first); at < Math.min(end, last); at += 1)
        out.push(page.rows?.[at - first] ?? null);
      if (last >= end) break;
      first = last;
    }
    return out;
  }

  rowAt(index: number): AlertRow | null {
    return index < 0 ? null : (this.slice(index, index + 1)[0] ?? null);
  }

  /** Where a loaded row stands, or -1. */
  indexOf(id: string): number {
    const home = this.#home.get(id);
    if (home === undefined) return -1;
    let first = 0;
    for (const page of this.#pages) {
      if (page === home) return first + (page.rows?.findIndex((row) => row.id === id) ?? -1);
      first += page.count;
    }
    return -1;
  }

  /** The pages that hold rows from `start` up to `end`. */
  pagesIn(start: number, end: number): Page[] {
    const out: Page[] = [];
    let first = 0;
    for (const page of this.#pages) {
      if (first < end && first + page.count > start) out.push(page);
      first += page.count;
    }
    return out;
  }

  /** Gives up the loaded pages farthest from `index` until at most `most` are loaded. */
  trim(index: number, most: number): void {
    const loaded: { page: Page; away: number }[] = [];
    let first = 0;
    for (const page of this.#pages) {
      const away = index < first ? first - index : Math.max(0, index - (first + page.count));
      if (page.rows !== null) loaded.push({ page, away });
      first += page.count;
    }
    loaded.sort((a, b) => b.away - a.away);
    for (const { page } of loaded.slice(0, Math.max(0, loaded.length - most))) this.giveUp(page);
  }

  /** Puts a newer state of a loaded row in its place; it does not move. */
  replace(row: AlertRow): boolean {
    const page = this.#home.get(row.id);
    const at = page?.rows?.findIndex((known) => known.id === row.id) ?? -1;
    const known = page?.rows?.[at];
    if (!page?.rows || !known || known.revision > row.revision) return false;
    page.rows[at] = row;
    return true;
  }

  /** Takes a row out and says where it stood, or -1. */
  remove(id: string): number {
    const index = this.indexOf(id);
    const page = this.#home.get(id);
    if (index === -1 || !page?.rows) return -1;
    page.rows = page.rows.filter((row) => row.id !== id);
    page.count = page.rows.length;
    this.#home.delete(id);
    return index;
  }

  /** Where a row that is not loaded belongs, or none when that place is not loaded. */
  placeOf(row: AlertRow, order: Order): { page: Page; at: number; index: number } | null {
    let first = 0;
    for (const [number, page] of this.#pages.entries()) {
      const last = number === this.#pages.length - 1;
      if (page.rows === null) {
        const following = this.#pages[number + 1]?.rows?.[0];
        if (following === undefined || order(row, following) < 0) return null;
      } else {
        const found = page.rows.findIndex((known) => order(row, known) < 0);
        if (found !== -1) return { page, at: found, index: first + found };
        if (last && page.next === null) return { page, at: page.rows.length, index: first + page.rows.length };
      }
      first += page.count;
    }
    return null;
  }

  insert(row: AlertRow, place: { page: Page; at: number }): void {
    place.page.rows?.splice(place.at, 0, row);
    place.page.count += 1;
    this.#home.set(row.id, place.page);
  }
}
