/** What a rule measures: the value of every window of every group, over stored events. */
import type { Form, Measure } from '../../../rule/form';
import { readCron, startOf, ticks, windowLength } from './clock';
import type { FakeEvent } from './events';
import { groupsOf, holds, matches, numberOf, said } from './match';

/** A moment at which a rule is asked: the value of a group's window there. */
export interface Point {
  at: number;
  group: string;
  /** None: there is nothing to measure, so it cannot hold. */
  value: number | null;
  start: number;
  end: number;
  /** What counts in it, the oldest first. */
  events: readonly FakeEvent[];
  /** Only the first point of a window that holds can fire. */
  window: number | null;
}

function valueOf(measure: Measure, events: readonly FakeEvent[]): number | null {
  if (measure.kind === 'count') return events.length;
  if (measure.kind === 'distinct') {
    return new Set(events.flatMap((event) => said(event, measure.field)).map((text) => text.toLowerCase())).size;
  }
  if (measure.kind === 'share') {
    if (events.length < Number(measure.minimumEvents) || events.length === 0) return null;
    const part = events.filter((event) => measure.conditions.every((one) => holds(event, one)));
    return (100 * part.length) / events.length;
  }
  const numbers = events.flatMap((event) => numberOf(event, measure.field) ?? []);
  if (numbers.length === 0) return null;
  if (measure.kind === 'max') return Math.max(...numbers);
  const sum = numbers.reduce((all, one) => all + one, 0);
  return measure.kind === 'sum' ? sum : sum / numbers.length;
}

function rolling(form: Form, group: string, events: readonly FakeEvent[], length: number): Point[] {
  let first = 0;
  return events.map((event, at) => {
    while ((events[first]?.time ?? 0) <= event.time - length) first += 1;
    const inside = events.slice(first, at + 1);
    const value = valueOf(form.measure, inside);
    return { at: event.time, group, value, start: event.time - length, end: event.time, events: inside, window: null };
  });
}

function single(group: string, events: readonly FakeEvent[]): Point[] {
  return events.map((event) => ({
    at: event.time,
    group,
    value: 1,
    start: event.time,
    end: event.time,
    events: [event],
    window: null,
  }));
}

function fixed(form: Form, group: string, events: readonly FakeEvent[], length: number): Point[] {
  // Sums of what is there grow: they may fire before the window ends; the others are asked when it does.
  const early = form.measure.kind !== 'mean' && form.measure.kind !== 'share' && form.trigger.kind === 'atLeast';
  const windows = new Map<number, FakeEvent[]>();
  for (const event of events) {
    const start = startOf(form.window, event.time);
    windows.set(start, [...(windows.get(start) ?? []), event]);
  }
  return [...windows].flatMap(([start, inside]) => {
    const point = (at: number, part: readonly FakeEvent[]): Point => {
      return { at, group, value: valueOf(form.measure, part), start, end: start + length, events: part, window: start };
    };
    if (!early) return [point(start + length, inside)];
    return inside.map((event, at) => point(event.time, inside.slice(0, at + 1)));
  });
}

function scheduled(form: Form, group: string, events: readonly FakeEvent[], runs: readonly number[]): Point[] {
  let at = 0;
  return runs.slice(1).flatMap((end, index) => {
    const start = runs[index] ?? end;
    while ((events[at]?.time ?? Number.POSITIVE_INFINITY) <= start) at += 1;
    const inside: FakeEvent[] = [];
    for (let next = at; (events[next]?.time ?? Number.POSITIVE_INFINITY) <= end; next += 1) {
      const event = events[next];
      if (event !== undefined) inside.push(event);
    }
    if (inside.length === 0) return [];
    return [{ at: end, group, value: valueOf(form.measure, inside), start, end, events: inside, window: end }];
  });
}

export interface Measured {
  matched: FakeEvent[];
  groups: Map<string, FakeEvent[]>;
  /** In the order of time, then group. */
  points: Point[];
}

/** Runs over two months are the same all the while; a schedule is read once. */
const runsOf = new Map<string, number[]>();
function scheduleRuns(form: Form, events: readonly FakeEvent[]): number[] {
  const [first, last] = [events[0]?.time ?? 0, events.at(-1)?.time ?? 0];
  const key = `${form.window.cron} ${form.window.zone} ${first} ${last}`;
  const known = runsOf.get(key);
  if (known !== undefined) return known;
  const cron = readCron(form.window.cron);
  const day = 86_400_000;
  const runs = cron === null ? [] : ticks(cron, form.window.zone, first - 8 * day, last + day);
  runsOf.set(key, runs);
  return runs;
}

/** The value of every window that holds a matching event. */
export function measure(form: Form, events: readonly FakeEvent[]): Measured {
  const matched = events.filter((event) => matches(event, form.conditions, form.sources));
  const groups = new Map<string, FakeEvent[]>();
  for (const event of matched) {
    for (const group of groupsOf(event, form.groupBy)) groups.set(group, [...(groups.get(group) ?? []), event]);
  }
  const length = windowLength(form.window) ?? 0;
  const runs = form.window.kind === 'schedule' ? scheduleRuns(form, events) : [];
  const points = [...groups].flatMap(([group, inside]) => {
    if (form.window.kind === 'none') return single(group, inside);
    if (form.window.kind === 'rolling') return rolling(form, group, inside, length);
    return form.window.kind === 'fixed' ? fixed(form, group, inside, length) : scheduled(form, group, inside, runs);
  });
  points.sort((a, b) => a.at - b.at || (a.group < b.group ? -1 : 1));
  return { matched, groups, points };
}
