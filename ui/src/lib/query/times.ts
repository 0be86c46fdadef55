/** The `time:` term of a query: relative spans, days of UTC, instants, ranges. Times in ms since the epoch. */

/** From `from` up to, not including, `to`; null is open. */
export interface TimeRange {
  from: number | null;
  to: number | null;
}

const UNITS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
export const DAY_MS = 86_400_000;
/** The longest span the engine takes: 366 days. */
const LONGEST = 366 * DAY_MS;
const SPAN = /^(\d+)([smhd])$/u;
const DATE = /^\d{4}-\d{2}-\d{2}$/u;
const INSTANT = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/u;

/** A span such as `15m` or `7d`, in ms. */
export function spanMs(text: string): number | null {
  const [, digits = '', unit = ''] = SPAN.exec(text.trim()) ?? [];
  const ms = Number(digits) * (UNITS[unit] ?? 0);
  return ms > 0 && ms <= LONGEST ? ms : null;
}

/** The stretch that a day (of UTC) or an instant covers. */
function covered(text: string): [number, number] | null {
  const trimmed = text.trim();
  if (DATE.test(trimmed)) {
    const start = Date.parse(`${trimmed}T00:00:00Z`);
    // `2026-02-30` is no day; some browsers make one of it.
    if (Number.isNaN(start) || new Date(start).toISOString().slice(0, 10) !== trimmed) return null;
    return [start, start + DAY_MS];
  }
  if (!INSTANT.test(trimmed)) return null;
  const time = Date.parse(trimmed.replace(' ', 'T').toUpperCase());
  return Number.isNaN(time) ? null : [time, time + 1];
}

function between(value: string): TimeRange | null {
  const cut = value.indexOf('..');
  const [first, last] = [value.slice(0, cut), value.slice(cut + 2)];
  const from = first === '' ? null : covered(first);
  const to = last === '' ? null : covered(last);
  if ((first !== '' && from === null) || (last !== '' && to === null)) return null;
  return { from: from?.[0] ?? null, to: to?.[1] ?? null };
}

/** What `time:value` asks for; null where it cannot be read. */
export function timeRange(value: string, now: number): TimeRange | null {
  if (value.includes('..')) return between(value);
  const span = spanMs(value);
  if (span !== null) return { from: now - span, to: null };
  const sign = ['>=', '<=', '>', '<'].find((one) => value.startsWith(one)) ?? '';
  const range = covered(value.slice(sign.length));
  if (range === null) return null;
  const [start, end] = range;
  if (sign === '>=') return { from: start, to: null };
  if (sign === '>') return { from: end, to: null };
  if (sign === '<=') return { from: null, to: end };
  if (sign === '<') return { from: null, to: start };
  return { from: start, to: end };
}

const isMidnight = (ms: number): boolean => ms % DAY_MS === 0;
const iso = (ms: number): string => {
  const text = new Date(ms).toISOString();
  return ms % 1000 === 0 ? text.replace('.000Z', 'Z') : text;
};

/**
 * A range as the value of a `time:` term. The end of a range is in it, so the last instant named is the
 * millisecond before `to`; whole days of UTC are written as days.
 */
export function printRange({ from, to }: TimeRange): string {
  const days = (from === null || isMidnight(from)) && (to === null || isMidnight(to));
  if (days) {
    const day = (ms: number): string => iso(ms).slice(0, 10);
    const [first, last] = [from === null ? '' : day(from), to === null ? '' : day(to - DAY_MS)];
    return first === last ? first : `${first}..${last}`;
  }
  return `${from === null ? '' : iso(from)}..${to === null ? '' : iso(to - 1)}`;
}
