/** A time as people enter it in two fields, a date and a clock, in the zone the window shows. */
import { instant, wall, type Zone } from '../chart/steps';
import { printRange, type TimeRange } from './times';

export interface Moment {
  /** `2026-11-22`; empty is open. */
  date: string;
  /** `14:30` or `14:30:05`; empty is the whole day. */
  clock: string;
}

const DATE = /^(\d{4})-(\d{1,2})-(\d{1,2})$/u;
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/u;
const DAY = 86_400_000;

const two = (part: number): string => String(part).padStart(2, '0');

/** What to write into the two fields for an instant. */
export function momentOf(ms: number | null, zone: Zone): Moment {
  if (ms === null) return { date: '', clock: '' };
  const { year, month, day, clock } = wall(ms, zone);
  const date = `${String(year).padStart(4, '0')}-${two(month + 1)}-${two(day)}`;
  if (clock === 0) return { date, clock: '' };
  const seconds = Math.floor(clock / 1000);
  const text = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
  return { date, clock: seconds % 60 === 0 ? text : `${text}:${two(seconds % 60)}` };
}

/** The two fields of the end of a range: a whole last day is shown as that day. */
export function endOf(ms: number | null, zone: Zone): Moment {
  if (ms === null || wall(ms, zone).clock !== 0) return momentOf(ms, zone);
  return { date: momentOf(ms - 1, zone).date, clock: '' };
}

type Read = { at: number | null } | { wrong: 'date' | 'clock' };

/** Reads the fields. `end`: a day without a clock is meant up to its end. */
export function readMoment({ date, clock }: Moment, zone: Zone, end: boolean): Read {
  if (date.trim() === '') return clock.trim() === '' ? { at: null } : { wrong: 'date' };
  const [, year, month, day] = DATE.exec(date.trim())?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined) return { wrong: 'date' };
  const parts = { year, month: month - 1, day, clock: 0 };
  const start = instant(parts, zone);
  const real = wall(start, zone);
  // The 30th of February is no day.
  if (real.month !== parts.month || real.day !== day || year < 1970) return { wrong: 'date' };
  if (clock.trim() === '') return { at: end ? instant({ ...parts, day: day + 1 }, zone) : start };
  const [, hours, minutes, seconds] = CLOCK.exec(clock.trim())?.map((part) => Number(part ?? 0)) ?? [];
  if (hours === undefined || minutes === undefined || hours > 24 || minutes > 59 || (seconds ?? 0) > 59)
    return { wrong: 'clock' };
  const ms = ((hours * 60 + minutes) * 60 + (seconds ?? 0)) * 1000;
  return ms > DAY ? { wrong: 'clock' } : { at: instant({ ...parts, clock: ms }, zone) };
}

export interface Mistakes {
  from?: string;
  to?: string;
}

const SAYS = {
  date: 'Write a date such as 2026-11-22.',
  clock: 'Write a time such as 14:30.',
} as const;

/** The time term's value for two moments, or what is wrong with them. */
export function rangeOf(from: Moment, to: Moment, zone: Zone): { value: string } | Mistakes {
  const first = readMoment(from, zone, false);
  const last = readMoment(to, zone, true);
  const mistakes: Mistakes = {};
  if ('wrong' in first) mistakes.from = SAYS[first.wrong];
  if ('wrong' in last) mistakes.to = SAYS[last.wrong];
  if ('wrong' in first || 'wrong' in last) return mistakes;
  if (first.at === null && last.at === null) return { from: 'Write where the time begins, or where it ends.' };
  if (first.at !== null && last.at !== null && last.at <= first.at) return { to: 'The end must come after the start.' };
  const range: TimeRange = { from: first.at, to: last.at };
  return { value: printRange(range) };
}
