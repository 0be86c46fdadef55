/** Which rules the list shows, and in which order. */
import type { RuleState } from '../ipc/client';
import { severityRank } from '../text/words';
import type { Entry } from './entry';

export const SORTS = ['name', 'fired', 'firings', 'precision', 'severity'] as const;
export type SortKey = (typeof SORTS)[number];
export interface Sort {
  key: SortKey;
  /** The other way round than the key usually goes. */
  turned: boolean;
}
/** Any, one state, or those that somebody should look at. */
export type Shown = 'all' | RuleState | 'attention';

export interface Wanted {
  search: string;
  shown: Shown;
  sort: Sort;
}

const ATTENTION = new Set(['error', 'noisy', 'silent', 'waits', 'late']);
export const needsAttention = ({ marks }: Entry): boolean => marks.some(({ kind }) => ATTENTION.has(kind));

export const isShown = (entry: Entry, shown: Shown): boolean =>
  shown === 'all' || (shown === 'attention' ? needsAttention(entry) : entry.state === shown);

/** Every word has to be somewhere in it. */
export function isFound(entry: Entry, search: string): boolean {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return words.every((word) => entry.text.includes(word));
}

type Order = (one: Entry, other: Entry) => number;
const byName: Order = (one, other) => one.name.localeCompare(other.name, 'en', { numeric: true });
/** What is not there comes last, whichever way the rest goes. */
const numbers =
  (of: (entry: Entry) => number | null, up: boolean) =>
  (turned: boolean): Order =>
  (one, other) => {
    const [left, right] = [of(one), of(other)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return up === turned ? right - left : left - right;
  };
const ORDERS: Record<SortKey, (turned: boolean) => Order> = {
  name: (turned) => (turned ? (one, other) => byName(other, one) : byName),
  fired: numbers(({ row }) => row.lastFiredAt, false),
  firings: numbers(({ row }) => row.firingsWeek, false),
  // The worst first: that is what is looked for.
  precision: numbers(({ precision }) => precision, true),
  severity: numbers(({ row }) => severityRank(row.severity), true),
};

export function arrange(entries: readonly Entry[], { search, shown, sort }: Wanted): Entry[] {
  const order = ORDERS[sort.key](sort.turned);
  return entries
    .filter((entry) => isShown(entry, shown) && isFound(entry, search))
    .toSorted((one, other) => order(one, other) || byName(one, other));
}

/** How many rules each choice of the filter has. */
export function countsOf(entries: readonly Entry[]): Record<Shown, number> {
  const of = (shown: Shown): number => entries.filter((entry) => isShown(entry, shown)).length;
  return { all: entries.length, live: of('live'), shadow: of('shadow'), off: of('off'), attention: of('attention') };
}
