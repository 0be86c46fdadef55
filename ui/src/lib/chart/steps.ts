/** Round steps of time: how wide a bar is, and where the axis has its marks. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The widths a bar can have, in ms. */
export const STEPS = [
  SECOND,
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
  30 * DAY,
] as const;

/** How many bars of `step` ms it takes to cover a stretch, when they begin on whole steps. */
const barsOf = (from: number, to: number, step: number): number => Math.ceil(to / step) - Math.floor(from / step);

/** The narrowest round step that covers the stretch with at most `most` bars. */
export function roundStep(from: number, to: number, most: number): number {
  return STEPS.find((step) => barsOf(from, to, step) <= most) ?? Math.ceil((to - from) / most / (30 * DAY)) * 30 * DAY;
}

export interface Tick {
  at: number;
  label: string;
}

/** Times as the person reads them. */
export type Zone = 'local' | 'utc';

const formats = new Map<string, Intl.DateTimeFormat>();
/** A format of this zone; making one is dear, so each is made once. */
export function format(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone}${JSON.stringify(options)}`;
  const known = formats.get(key);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-GB', { ...options, ...(zone === 'utc' ? { timeZone: 'UTC' } : {}) });
  formats.set(key, made);
  return made;
}

/** What the zone is called at this time, such as “UTC” or “CET”. */
export function zoneName(ms: number, zone: Zone): string {
  const parts = format(zone, { timeZoneName: 'short' }).formatToParts(ms);
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? '';
}

export interface Parts {
  year: number;
  /** 0 is January. */
  month: number;
  day: number;
  /** ms since midnight. */
  clock: number;
}

/** A time taken apart as the clock on the wall shows it. */
export function wall(ms: number, zone: Zone): Parts {
  const date = new Date(ms);
  if (zone === 'utc') {
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    return { year, month, day, clock: ((ms % DAY) + DAY) % DAY };
  }
  const clock = date.getHours() * HOUR + date.getMinutes() * MINUTE + date.getSeconds() * SECOND;
  return {
    year: date.getFullYear(),
    month: date.getMonth(),
    day: date.getDate(),
    clock: clock + date.getMilliseconds(),
  };
}

/** The other way round. An hour that a change of clocks leaves out is moved as the platform does it. */
export function instant({ year, month, day, clock }: Parts, zone: Zone): number {
  if (zone === 'utc') return Date.UTC(year, month, day) + clock;
  return new Date(year, month, day, 0, 0, 0, clock).getTime();
}

type Unit = { of: 'clock'; ms: number } | { of: 'day'; days: number } | { of: 'month'; months: number };
const clock = (ms: number): Unit => ({ of: 'clock', ms });
const day = (days: number): Unit => ({ of: 'day', days });
const month = (months: number): Unit => ({ of: 'month', months });
const UNITS: readonly { span: number; unit: Unit }[] = [
  ...[SECOND, 5 * SECOND, 15 * SECOND, 30 * SECOND].map((ms) => ({ span: ms, unit: clock(ms) })),
  ...[MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE].map((ms) => ({ span: ms, unit: clock(ms) })),
  ...[HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR].map((ms) => ({ span: ms, unit: clock(ms) })),
  ...[1, 2, 7, 14].map((days) => ({ span: days * DAY, unit: day(days) })),
  ...[1, 3, 6, 12, 24, 60, 120].map((months) => ({ span: months * 30.4 * DAY, unit: month(months) })),
];

/** The mark at or before `ms`. */
function floorTo(ms: number, unit: Unit, zone: Zone): number {
  const at = wall(ms, zone);
  if (unit.of === 'clock') return instant({ ...at, clock: Math.floor(at.clock / unit.ms) * unit.ms }, zone);
  if (unit.of === 'day') {
    // Counted from a Monday, so that weeks begin on one.
    const number = Math.floor((Date.UTC(at.year, at.month, at.day) / DAY - 4) / unit.days) * unit.days + 4;
    const date = new Date(number * DAY);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    return instant({ year, month, day, clock: 0 }, zone);
  }
  const months = Math.floor((at.year * 12 + at.month) / unit.months) * unit.months;
  return instant({ year: Math.floor(months / 12), month: months % 12, day: 1, clock: 0 }, zone);
}

function label(ms: number, unit: Unit, zone: Zone): string {
  const at = wall(ms, zone);
  const midnight = at.clock === 0;
  if (unit.of === 'clock' && !midnight) {
    const seconds = unit.ms < MINUTE ? ({ second: '2-digit' } as const) : {};
    return format(zone, { hour: '2-digit', minute: '2-digit', ...seconds }).format(ms);
  }
  if (unit.of === 'month') {
    if (unit.months >= 12) return String(at.year);
    return format(zone, at.month === 0 ? { month: 'short', year: 'numeric' } : { month: 'short' }).format(ms);
  }
  return format(zone, { day: 'numeric', month: 'short' }).format(ms);
}

/** Marks at round times within the stretch, at most `most`. */
export function ticks(from: number, to: number, most: number, zone: Zone): Tick[] {
  const room = (to - from) / Math.max(1, most);
  const { span, unit } = UNITS.find((one) => one.span >= room) ?? (UNITS.at(-1) as (typeof UNITS)[number]);
  const out: Tick[] = [];
  // A little over one step on is always within the next one, whatever clocks and months do.
  for (let at = floorTo(from, unit, zone); at < to;) {
    if (at >= from) out.push({ at, label: label(at, unit, zone) });
    let next = floorTo(at + span * 1.1, unit, zone);
    if (next <= at) next = floorTo(at + span * 1.6, unit, zone);
    at = next > at ? next : at + span;
  }
  return out;
}

/** A round number no smaller than `value`: what the chart's height stands for. */
export function roundUp(value: number): number {
  if (value <= 4) return Math.max(1, Math.ceil(value));
  const power = 10 ** Math.floor(Math.log10(value));
  const lead = [1, 2, 4, 5, 10].find((one) => one * power >= value) ?? 10;
  return lead * power;
}
