/** Quiet hours in words, and whether it is quiet now. */
import type { QuietHours } from '../ipc/client';

/** The days as the settings name them, Monday first. */
export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

const SHORT: Record<Day, string> = {
  mon: 'Mon',
  tue: 'Tue',
  wed: 'Wed',
  thu: 'Thu',
  fri: 'Fri',
  sat: 'Sat',
  sun: 'Sun',
};
const LONG: Record<Day, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
};
export const dayShort = (day: Day): string => SHORT[day];
export const dayLong = (day: Day): string => LONG[day];

const CLOCK = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes since midnight, or none if it is not a time such as `22:00`. */
export function minutesOf(clock: string): number | null {
  const found = CLOCK.exec(clock);
  return found === null ? null : Number(found[1]) * 60 + Number(found[2]);
}

/** “every day”, “Monday to Friday”, “Saturday and Sunday”, “Monday, Wednesday and Friday”. */
export function daysWords(days: readonly string[]): string {
  const at = DAYS.flatMap((day, index) => (days.includes(day) ? [index] : []));
  const names = at.map((index) => LONG[DAYS[index] as Day]);
  if (at.length === 7) return 'every day';
  if (at.length === 0) return 'no day';
  const first = at[0] ?? 0;
  const unbroken = at.every((index, place) => index === first + place);
  if (unbroken && at.length > 2) return `${names[0]} to ${names.at(-1)}`;
  return names.length === 1 ? `${names[0]}` : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** What quiet hours do, in plain words. */
export function quietSentence(quiet: QuietHours | null): string {
  if (quiet === null) return 'You are told at any hour.';
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  if (from === null || to === null) return 'Write both times such as 22:00.';
  if (quiet.days.length === 0) return 'No day is chosen, so it is never quiet.';
  const over = to <= from;
  const single = quiet.days.length === 1;
  const end = over ? `${quiet.to} the next ${single || quiet.days.length < 7 ? 'day' : 'morning'}` : quiet.to;
  const what = quiet.criticalAnyway
    ? 'Critical alerts still reach you at once.'
    : 'Nothing reaches you, not even critical alerts.';
  return `Quiet ${daysWords(quiet.days)}, from ${quiet.from} to ${end} (${quiet.zone}). ${what} The rest comes as one summary at ${quiet.to}.`;
}

function inZone(zone: string, now: number): { day: number; minutes: number } | null {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(new Date(now));
    const read = (type: string): string => parts.find((part) => part.type === type)?.value ?? '';
    const day = DAYS.findIndex((one) => SHORT[one] === read('weekday'));
    return { day, minutes: Number(read('hour')) * 60 + Number(read('minute')) };
  } catch {
    // A zone that this browser does not know: the engine still does.
    return null;
  }
}

/** Whether `now` (ms) is within them; what runs over midnight belongs to the day it began on. */
export function isQuiet(quiet: QuietHours | null, now: number): boolean {
  if (quiet === null) return false;
  const [from, to] = [minutesOf(quiet.from), minutesOf(quiet.to)];
  const here = inZone(quiet.zone, now);
  if (from === null || to === null || here === null || here.day < 0) return false;
  const begins = (day: number): boolean => quiet.days.includes(DAYS[(day + 7) % 7] as Day);
  if (from < to) return begins(here.day) && here.minutes >= from && here.minutes < to;
  return (begins(here.day) && here.minutes >= from) || (begins(here.day - 1) && here.minutes < to);
}
