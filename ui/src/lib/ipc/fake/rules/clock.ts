/** Time of rules: lengths, the windows of the clock, schedules. */
import type { Window } from '../../../rule/form';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
const UNITS: Record<string, number> = { s: 1_000, m: MINUTE, h: HOUR, d: DAY };

/** `1h` in ms; none where it is no length of time. */
export function lengthOf(text: string): number | null {
  const [, digits, unit] = /^(\d+)([smhd])$/.exec(text.trim()) ?? [];
  return digits === undefined || unit === undefined ? null : Number(digits) * (UNITS[unit] ?? 0);
}

/** How long a window is, in ms; none without a length. */
export function windowLength(window: Window): number | null {
  if (window.kind === 'none' || window.kind === 'schedule') return null;
  return /^\d+$/.test(window.count) ? Number(window.count) * (UNITS[window.unit.slice(0, 1)] ?? 0) : null;
}

const zones = new Map<string, Intl.DateTimeFormat>();
/** What a zone's clocks are ahead of UTC at a moment, in ms; zones change at whole hours of UTC. */
function ahead(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  let format = zones.get(zone);
  if (format === undefined) {
    const parts = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const;
    format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hourCycle: 'h23', ...parts });
    zones.set(zone, format);
  }
  const said = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const there = Date.UTC(said.year ?? 0, (said.month ?? 1) - 1, said.day, said.hour, said.minute);
  return there - Math.floor(at / MINUTE) * MINUTE;
}

export function isZone(zone: string): boolean {
  try {
    ahead(zone, 0);
    return true;
  } catch {
    return false;
  }
}

/** Where the window of the clock that holds `at` begins; midnight is the zone's. */
export function startOf(window: Window, at: number): number {
  const length = windowLength(window) ?? DAY;
  const shift = ahead(window.zone, at);
  const here = at + shift;
  if (window.unit === 'days') return Math.floor(here / length) * length - shift;
  const midnight = Math.floor(here / DAY) * DAY;
  return midnight + Math.floor((here - midnight) / length) * length - shift;
}

const BOUNDS = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 7],
] as const;

/** What one field of a schedule allows; none where it cannot be read. */
function allowed(text: string, [low, high]: readonly [number, number]): Set<number> | null {
  const all = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to, step = '1'] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(part) ?? [];
    if (!/^[\d*]/.test(part) || Number(step) === 0) return null;
    const first = from === undefined ? low : Number(from);
    const last = from === undefined ? high : Number(to ?? (part.includes('/') ? high : from));
    if (part.startsWith('*') ? !/^\*(\/\d+)?$/.test(part) : from === undefined) return null;
    if (first < low || last > high || first > last) return null;
    for (let value = first; value <= last; value += Number(step)) all.add(value);
  }
  if (high === 7 && all.has(7)) all.add(0);
  return all;
}

type Cron = (local: Date) => boolean;

/** A schedule of five fields; none where it cannot be read. */
export function readCron(text: string): Cron | null {
  const parts = text.trim().split(/\s+/);
  const fields = BOUNDS.map((bounds, at) => allowed(parts[at] ?? '', bounds));
  const [minutes, hours, days, months, weekdays] = fields;
  if (parts.length !== 5 || !minutes || !hours || !days || !months || !weekdays) return null;
  const either = !parts[2]?.startsWith('*') && !parts[4]?.startsWith('*');
  return (local) => {
    if (!minutes.has(local.getUTCMinutes()) || !hours.has(local.getUTCHours())) return false;
    const [day, weekday] = [days.has(local.getUTCDate()), weekdays.has(local.getUTCDay())];
    return months.has(local.getUTCMonth() + 1) && (either ? day || weekday : day && weekday);
  };
}

/** The ticks of a schedule in [from, to), at most so many. */
export function ticks(cron: Cron, zone: string, from: number, to: number, most = Number.POSITIVE_INFINITY): number[] {
  const found: number[] = [];
  for (let at = Math.ceil(from / MINUTE) * MINUTE, shift = 0, hour = -1; at < to && found.length < most; at += MINUTE) {
    if (Math.floor(at / HOUR) !== hour) [shift, hour] = [ahead(zone, at), Math.floor(at / HOUR)];
    if (cron(new Date(at + shift))) found.push(at);
  }
  return found;
}

/** When the next windows end; none for a window that moves along. */
export function nextRuns(window: Window, now: number): number[] {
  if (window.kind === 'schedule') {
    const cron = readCron(window.cron);
    return cron === null ? [] : ticks(cron, window.zone, now + 1, now + 35 * DAY, 5);
  }
  const length = windowLength(window);
  if (window.kind !== 'fixed' || length === null || length === 0) return [];
  const runs: number[] = [];
  let start = startOf(window, now);
  while (runs.length < 5) {
    // A day of the clock may be an hour shorter or longer.
    const next = startOf(window, start + length + (window.unit === 'days' ? 2 * HOUR : 0));
    const end =
      window.unit === 'days'
        ? next
        : Math.min(start + length, startOf({ ...window, count: '1', unit: 'days' }, start + DAY));
    runs.push(end);
    start = end;
  }
  return runs;
}
