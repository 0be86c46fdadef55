/** When a rule fires over stored events. Not the engine: it knows every trigger, and takes its time. */
import type { Form } from '../../../rule/form';
import { lengthOf, windowLength } from './clock';
import type { FakeEvent } from './events';
import { type Measured, measure, type Point } from './measure';
import { said } from './match';

export interface FakeFiring extends Point {
  /** Candidates from it up to the group's next firing. */
  occurrences: number;
  lastSeen: number;
  threshold: number | null;
}

export interface Ran extends Measured {
  firings: FakeFiring[];
}

/** How long a group is quiet after a firing, in ms. */
export function quietOf(form: Form): number {
  if (form.suppressFor !== '') return lengthOf(form.suppressFor) ?? 0;
  return form.window.kind === 'rolling' ? (windowLength(form.window) ?? 0) : 0;
}

/** The firings among points that hold: the first of each window, and none while the group is quiet. */
export function fire(holding: readonly Point[], quiet: number, threshold: number | null): FakeFiring[] {
  const last = new Map<string, FakeFiring>();
  const windows = new Map<string, number>();
  const firings: FakeFiring[] = [];
  for (const point of holding) {
    if (point.window !== null && windows.get(point.group) === point.window) continue;
    if (point.window !== null) windows.set(point.group, point.window);
    const before = last.get(point.group);
    if (before !== undefined && point.at < before.at + quiet) {
      before.occurrences += 1;
      before.lastSeen = point.at;
      continue;
    }
    const firing = { ...point, occurrences: 1, lastSeen: point.at, threshold };
    last.set(point.group, firing);
    firings.push(firing);
  }
  return firings;
}

/** Points that reach a threshold. */
export const reaching = (points: readonly Point[], threshold: number): Point[] =>
  points.filter((point) => point.value !== null && point.value >= threshold);

const byTime = (points: Point[]): Point[] => points.toSorted((a, b) => a.at - b.at || (a.group < b.group ? -1 : 1));

/** Groups of which nothing came for the length of the window. */
function absent(form: Form, { groups }: Measured, until: number): Point[] {
  const length = windowLength(form.window) ?? 0;
  const found = [...groups].flatMap(([group, events]) =>
    events.flatMap((event, at): Point[] => {
      const end = event.time + length;
      if (end > (events[at + 1]?.time ?? until)) return [];
      return [{ at: end, group, value: 0, start: event.time, end, events: [event], window: null }];
    }),
  );
  return byTime(found);
}

/** Values that the group did not show before, or hardly ever. */
function unusual(form: Form, { groups }: Measured): Point[] {
  const { field, learn, kind } = form.trigger;
  const [back, least] = [lengthOf(learn) ?? 0, Number(form.trigger.minimumHistory)];
  const most = kind === 'unseen' ? 0 : Number(form.trigger.share);
  const found = [...groups].flatMap(([group, events]) =>
    events
      .filter((event, at) => {
        const earlier = events.slice(0, at).filter((one) => one.time >= event.time - back);
        if (earlier.length < least) return false;
        return said(event, field).some((text) => {
          const times = earlier.filter((one) => said(one, field).includes(text)).length;
          return kind === 'unseen' ? times === 0 : times > 0 && (100 * times) / earlier.length < most;
        });
      })
      .map((event): Point => ({
        at: event.time,
        group,
        value: 1,
        start: event.time,
        end: event.time,
        events: [event],
        window: null,
      })),
  );
  return byTime(found);
}

const median = (numbers: readonly number[]): number => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2;
};

/** Windows far above what the group usually shows. */
function baseline(form: Form, { points }: Measured): Point[] {
  const { learn, deviations, minimumWindows, value } = form.trigger;
  const back = lengthOf(learn) ?? 0;
  return points.filter((point) => {
    const seen = points.filter(
      (one) => one.group === point.group && one.start < point.start && one.start >= point.start - back,
    );
    if (seen.length < Number(minimumWindows) || point.value === null) return false;
    const values = seen.map((one) => one.value ?? 0);
    const centre = median(values);
    const spread = Math.max(1.4826 * median(values.map((one) => Math.abs(one - centre))), 0.05 * centre, 1);
    return point.value > centre + Number(deviations) * spread && point.value >= Number(value || 0);
  });
}

function holding(form: Form, measured: Measured, until: number): Point[] {
  switch (form.trigger.kind) {
    case 'atLeast':
      return reaching(measured.points, Number(form.trigger.value));
    case 'absent':
      return absent(form, measured, until);
    case 'baseline':
      return baseline(form, measured);
    case 'unseen':
    case 'rare':
      return unusual(form, measured);
  }
}

/** Runs a rule over events, which are in the order of time. */
export function run(form: Form, events: readonly FakeEvent[]): Ran {
  const measured = measure(form, events);
  const points = holding(form, measured, events.at(-1)?.time ?? 0);
  const threshold = form.trigger.kind === 'atLeast' ? Number(form.trigger.value) : null;
  return { ...measured, firings: fire(points, quietOf(form), threshold) };
}

const DAY = 86_400_000;
/** An alert takes in the group's firings of a day; each alert is told of once. */
export function notificationsOf(firings: readonly { at: number; group: string }[]): number {
  const told = new Map<string, number>();
  let count = 0;
  for (const { at, group } of firings) {
    if (at - (told.get(group) ?? Number.NEGATIVE_INFINITY) > DAY) count += 1;
    told.set(group, at);
  }
  return count;
}
