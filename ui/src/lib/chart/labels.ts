/** Stretches of time in words, as short as they can be said. */
import { format, wall, type Zone } from './steps';

const DAY = 86_400_000;

const clock = (ms: number, zone: Zone): string => {
  const seconds = wall(ms, zone).clock % 60_000 === 0 ? {} : ({ second: '2-digit' } as const);
  return format(zone, { hour: '2-digit', minute: '2-digit', ...seconds }).format(ms);
};
const date = (ms: number, zone: Zone, year: boolean): string =>
  format(zone, { day: 'numeric', month: 'short', ...(year ? { year: 'numeric' } : {}) }).format(ms);

const midnight = (ms: number, zone: Zone): boolean => wall(ms, zone).clock === 0;
const sameDay = (one: number, other: number, zone: Zone): boolean => {
  const [a, b] = [wall(one, zone), wall(other, zone)];
  return a.year === b.year && a.month === b.month && a.day === b.day;
};

/**
 * “22 Nov, 14:00 – 15:00”, “1 – 3 Nov”, “22 Nov”. `to` is not in it, so whole days end on the day before; with
 * none, the instant alone. The year stands where it is not this one.
 */
export function span(from: number, to: number | null, zone: Zone, now = Date.now()): string {
  const thisYear = wall(now, zone).year;
  const other = wall(from, zone).year !== thisYear || (to !== null && wall(to - 1, zone).year !== thisYear);
  const plain = midnight(from, zone);
  if (to === null) return plain ? date(from, zone, other) : `${date(from, zone, other)}, ${clock(from, zone)}`;
  if (plain && midnight(to, zone)) {
    const last = to - 1;
    if (sameDay(from, last, zone)) return date(from, zone, other);
    const sameMonth =
      wall(from, zone).month === wall(last, zone).month && wall(from, zone).year === wall(last, zone).year;
    const first = sameMonth ? String(wall(from, zone).day) : date(from, zone, other);
    return `${first} – ${date(last, zone, other)}`;
  }
  const start = `${date(from, zone, other)}, ${clock(from, zone)}`;
  // A stretch up to midnight ends on the same day, as people say it.
  if (sameDay(from, to - 1, zone)) return `${start} – ${midnight(to, zone) ? '24:00' : clock(to, zone)}`;
  return `${start} – ${date(to, zone, other)}, ${clock(to, zone)}`;
}

/** “5 minutes”, “6 hours”, “7 days”: how wide a bar is. */
export function lengthWords(ms: number): string {
  const units: [number, string][] = [
    [DAY, 'day'],
    [3_600_000, 'hour'],
    [60_000, 'minute'],
    [1_000, 'second'],
  ];
  const [size, word] = units.find(([unit]) => ms >= unit && ms % unit === 0) ?? [1_000, 'second'];
  const amount = Math.round(ms / size);
  return amount === 1 ? `1 ${word}` : `${amount} ${word}s`;
}
