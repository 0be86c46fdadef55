/** Times in words. All take milliseconds since the epoch. */

/** In the zone of this machine, or in UTC. */
export type TimeStyle = 'local' | 'utc';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** JavaScript's dates end here; what is beyond cannot be shown. */
const isDate = (ms: number): boolean => Number.isFinite(ms) && Math.abs(ms) <= 8.64e15;

function distance(ms: number): string {
  if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))} min`;
  if (ms < DAY) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} d`;
}

const dayFormats = (timeZone?: 'UTC') => {
  const words = { day: 'numeric', month: 'short', ...(timeZone && { timeZone }) } as const;
  return [
    new Intl.DateTimeFormat('en-GB', words),
    new Intl.DateTimeFormat('en-GB', { ...words, year: 'numeric' }),
  ] as const;
};
const DAYS = { local: dayFormats(), utc: dayFormats('UTC') };
const yearOf = (ms: number, style: TimeStyle): number =>
  style === 'utc' ? new Date(ms).getUTCFullYear() : new Date(ms).getFullYear();

/** How long ago or how soon, such as “3 min ago”, “in 2 h” or “4 Mar”. */
export function relative(then: number, now: number, style: TimeStyle = 'local'): string {
  if (!isDate(then)) return 'unknown time';
  const ago = now - then;
  if (Math.abs(ago) < 45 * SECOND) return 'just now';
  if (Math.abs(ago) < 7 * DAY) return ago > 0 ? `${distance(ago)} ago` : `in ${distance(-ago)}`;
  const [sameYear, otherYear] = DAYS[style];
  const thisYear = yearOf(then, style) === yearOf(now, style);
  return (thisYear ? sameYear : otherYear).format(new Date(then));
}

const two = (part: number): string => String(part).padStart(2, '0');

/** The UTC time, such as “2026-03-04 08:12:40 UTC”. */
export function utc(ms: number): string {
  if (!isDate(ms)) return 'unknown time';
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

const zone = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' });

/** The time here with its zone, such as “2026-03-04 09:12:40 CET”. */
export function local(ms: number): string {
  if (!isDate(ms)) return 'unknown time';
  const date = new Date(ms);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const name = zone.formatToParts(date).find((part) => part.type === 'timeZoneName')?.value ?? '';
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${name}`.trim();
}

/** The time with its zone, as this window shows times. */
export const absolute = (ms: number, style: TimeStyle): string => (style === 'utc' ? utc(ms) : local(ms));

/** A day, such as “4 Mar 2026”. */
export const dayOf = (ms: number, style: TimeStyle = 'local'): string =>
  isDate(ms) ? DAYS[style][1].format(new Date(ms)) : 'unknown time';

/** Both, for a tooltip; one line where they are the same. */
export function exact(ms: number): string {
  const here = local(ms);
  const there = utc(ms);
  return here === there ? there : `${here}\n${there}`;
}

const SOON = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
} as const;
const MOMENTS = {
  local: new Intl.DateTimeFormat('en-GB', SOON),
  utc: new Intl.DateTimeFormat('en-GB', { ...SOON, timeZone: 'UTC', timeZoneName: 'short' }),
};

/** A time soon to come, such as “Sun, 22 Nov, 14:30”. */
export const moment = (ms: number, style: TimeStyle = 'local'): string =>
  isDate(ms) ? MOMENTS[style].format(new Date(ms)) : 'unknown time';

/** The hours until nine tomorrow morning, local time, as a snooze duration: at least one. */
export function untilTomorrow(now: number): string {
  const morning = new Date(now);
  morning.setDate(morning.getDate() + 1);
  morning.setHours(9, 0, 0, 0);
  return `${Math.max(1, Math.ceil((morning.getTime() - now) / HOUR))}h`;
}
