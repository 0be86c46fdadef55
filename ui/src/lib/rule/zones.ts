/** Time zones: their names, and when their clocks change next. */

export function zones(): string[] {
  const all = Intl.supportedValuesOf?.('timeZone') ?? [];
  return ['UTC', ...all.filter((zone) => zone !== 'UTC')];
}

export const ownZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';

const formats = new Map<string, Intl.DateTimeFormat>();
function partsOf(ms: number, zone: string): Record<string, string> {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    formats.set(zone, format);
  }
  return Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
}

/** How far the zone's clock is ahead of UTC, in ms. */
export function offset(ms: number, zone: string): number {
  const part = partsOf(ms, zone);
  const of = (name: string): number => Number(part[name] ?? 0);
  const wall = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return wall - Math.floor(ms / 1000) * 1000;
}

const DAY = 86_400_000;
export interface ClockChange {
  at: number;
  /** How far the clock jumps, in ms; less than zero is back. */
  by: number;
}

/** The next change of the zone's clock within a year. */
export function nextChange(from: number, zone: string): ClockChange | null {
  const before = offset(from, zone);
  for (let day = from; day < from + 366 * DAY; day += DAY) {
    const after = offset(day + DAY, zone);
    if (after === before) continue;
    let [low, high] = [day, day + DAY];
    while (high - low > 1000) {
      const middle = Math.floor((low + high) / 2);
      if (offset(middle, zone) === before) low = middle;
      else high = middle;
    }
    const at = Math.round(high / 60_000) * 60_000;
    return { at, by: after - before };
  }
  return null;
}

/** A time as the zone's clock shows it: `Mon 23 Nov, 08:00`. */
export function inZone(ms: number, zone: string): string {
  try {
    return new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }).format(ms);
  } catch {
    return new Date(ms).toISOString();
  }
}

/** What a change of the clock does to a window. */
export function changeWords(change: ClockChange, zone: string, kind: string): string {
  const minutes = Math.abs(change.by) / 60_000;
  const amount = minutes === 60 ? 'an hour' : `${minutes} minutes`;
  const way = change.by > 0 ? 'forward' : 'back';
  const when = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    day: 'numeric',
    month: 'long',
    year: 'numeric',
  }).format(change.at - 1);
  const what =
    kind === 'schedule'
      ? change.by > 0
        ? 'A run in the time that is left out comes right after it.'
        : 'A run in the time that comes twice comes at its first.'
      : change.by > 0
        ? 'That day is shorter.'
        : 'That day is longer.';
  return `Clocks in ${zone} go ${way} by ${amount} on ${when}. ${what}`;
}
