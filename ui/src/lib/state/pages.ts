/**
 * The loaded parts of an endless table: a chain of pages and gaps. A page is known by the cursor it starts at;
 * far from what is looked at it gives up its rows and keeps its place, so a million rows cost what a few thousand
 * do. A gap is a run of rows that nobody has read yet: a jump reads a page out of its middle.
 * Plain data: no requests, no reactivity.
 */
import type { AlertRow } from '../ipc/client';
import { severityRank } from '../text/words';

export interface Page {
  /** The cursor to ask for it; `null` from the top, `undefined` where it is not known. */
  after: string | null | undefined;
  /** The cursor of what is behind it; `null` at the end of the list, `undefined` after a gap. */
  next: string | null | undefined;
  /** Its rows, or none while they are given up or not read yet. */
  rows: AlertRow[] | null;
  /** How many rows it has, or had. */
  count: number;
}

/** What to ask for next, and where the answer belongs. */
export interface Ask {
  /** None for what is behind the last page. */
  page: Page | null;
  /** Rows of the page or gap in front of what is asked for. */
  offset: number;
  after: string | null;
  skip: number;
  limit: number;
}

/** Rows asked for at once. */
export const PAGE = 200;
/** The engine's limit. */
const MOST = 500;

/** Negative when `a` stands before `b`. */
export type Order = (a: AlertRow, b: AlertRow) => number;

const TEXTS: Record<string, (row: AlertRow) => string | null> = {
  source: (row) => row.source,
  title: (row) => row.title,
  category: (row) => row.category,
  alertType: (row) => row.alertType,
};
const STATUS_RANK: Record<string, number> = { new: 0, acknowledged: 1, closed: 2 };
const NUMBERS: Record<string, (row: AlertRow) => number> = {
  time: (row) => row.time,
  received: (row) => row.receivedAt,
  updated: (row) => row.updatedAt,
  severity: (row) => -severityRank(row.severity),
  status: (row) => STATUS_RANK[row.status] ?? 3,
  occurrences: (row) => row.occurrences,
};

/** Upwards: numbers by size, text by letters without case, what is missing first. */
function upwards(word: string): Order {
  const text = TEXTS[word];
  if (text === undefined) {
    const value = NUMBERS[word] ?? ((row: AlertRow) => row.time);
    return (a, b) => value(a) - value(b);
  }
  return (a, b) => {
    const [left, right] = [text(a)?.toLowerCase() ?? '', text(b)?.toLowerCase() ?? ''];
    return left < right ? -1 : left > right ? 1 : 0;
  };
}

/** The order of a sort word such as `time` or `severity:asc`; equal ones by time, then by id, the same way round. */
export function orderOf(sort: string): Order {
  const [word = 'time', direction] = sort.split(':');
  const sign = direction === 'asc' ? 1 : -1;
  const up = upwards(word);
  return (a, b) => sign * (up(a, b) || a.time - b.time || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
}

const isGap = (page: Page): boolean => page.next === undefined;
const clamp = (rows: number): number => Math.min(MOST, Math.max(1, rows));

export class PageChain {
  #pages: Page[] = [];
  #home = new Map<string, Page>();

  /** Rows known, given up ones too. */
  get total(): number {
    return this.#pages.reduce((sum, page) => sum + page.count, 0);
  }

  /** Whether more can be loaded behind the last page. */
  get hasMore(): boolean {
    const last = this.#pages.at(-1);
    return last !== undefined && last.next != null;
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

  /** The list has this many rows: what is not read yet becomes a gap. Without a gap and at the end it says nothing. */
  setTotal(total: number): void {
    const missing = total - this.total;
    const gap = this.#pages.findLast(isGap);
    if (gap !== undefined) {
      // One row at least: whether there is one behind a cursor only reading tells.
      gap.count = Math.max(gap === this.#pages.at(-1) ? 0 : 1, gap.count + missing);
      if (gap.count === 0) this.#pages.pop();
    } else if (missing > 0 && this.hasMore) {
      this.#pages.push({ after: this.#pages.at(-1)?.next, next: undefined, rows: null, count: missing });
    }
  }

  /** The first thing to read so that the rows from `start` up to `end` are there; none when they are. */
  missing(start: number, end: number): Ask | null {
    let first = 0;
    for (const [number, page] of this.#pages.entries()) {
      const from = Math.max(start, first) - first;
      const wanted = first < end && first + page.count > start && page.rows === null;
      if (wanted && isGap(page)) {
        const offset = Math.floor(from / PAGE) * PAGE;
        return { page, offset, ...this.#reach(number, offset), limit: Math.min(PAGE, page.count - offset) };
      }
      if (wanted) return { page, offset: 0, ...this.#reach(number, 0), limit: clamp(page.count) };
      first += page.count;
    }
    if (end <= first || !this.hasMore) return null;
    return { page: null, offset: 0, after: this.#pages.at(-1)?.next ?? null, skip: 0, limit: PAGE };
  }

  /** The nearest known cursor before a place, and the rows between. */
  #reach(number: number, offset: number): { after: string | null; skip: number } {
    let skip = offset;
    for (let at = number; at >= 0; at -= 1) {
      const page = this.#pages[at];
      if (page?.after !== undefined) return { after: page.after, skip };
      const before = this.#pages[at - 1];
      if (before?.next !== undefined) return { after: before.next, skip };
      skip += before?.count ?? 0;
    }
    return { after: null, skip };
  }

  /** Takes an answer in; one whose place is gone is dropped. */
  fill(ask: Ask, rows: AlertRow[], next: string | null): void {
    if (ask.page === null) {
      if (this.#pages.at(-1)?.next === ask.after) this.append(rows, next);
      return;
    }
    const at = this.#pages.indexOf(ask.page);
    if (at === -1 || ask.page.rows !== null) return;
    if (isGap(ask.page)) this.#split(at, ask, rows, next);
    else this.refill(ask.page, rows, next);
  }

  #split(at: number, ask: Ask, rows: AlertRow[], next: string | null): void {
    const gap = this.#pages[at] as Page;
    const rest = gap.count - ask.offset - rows.length;
    const page: Page = { after: ask.skip === 0 ? ask.after : undefined, next: undefined, rows: null, count: 0 };
    const parts = [page];
    if (ask.offset > 0) parts.unshift({ ...gap, count: ask.offset });
    if (rest > 0) parts.push({ after: next, next: undefined, rows: null, count: rest });
    this.#pages.splice(at, 1, ...parts);
    this.refill(page, rows, next);
  }

  /**
   * Gives a page its rows again. Where its end has moved meanwhile, what is behind it starts elsewhere: a page there
   * has to be read again too, so it is given up here and filled when it is looked at.
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
    // A row that moved between two reads could come twice: the first place stands. A page behind that has it was
    // read before the move, so it is read again.
    const place = this.#pages.indexOf(page);
    const homes = new Set(rows.flatMap((row) => this.#home.get(row.id) ?? []));
    for (const home of homes) if (this.#pages.indexOf(home) > place) this.giveUp(home);
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

  /** Changes what a loaded row says without a new revision. */
  patch(id: string, change: Partial<AlertRow>): void {
    const page = this.#home.get(id);
    const at = page?.rows?.findIndex((known) => known.id === id) ?? -1;
    const known = page?.rows?.[at];
    if (page?.rows && known) page.rows[at] = { ...known, ...change };
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
