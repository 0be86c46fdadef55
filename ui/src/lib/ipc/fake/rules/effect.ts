/** What a rule would do on stored events, as the studio shows it. */
import type { Form } from '../../../rule/form';
import { count } from '../../../text/words';
import type { BarView, CurveView, EffectView, PreviewSpec, SuggestionsView, SuggestionView } from '../../client';
import type { FakeEvent } from './events';
import { type FakeFiring, fire, notificationsOf, quietOf, type Ran, reaching, run } from './evaluate';
import type { Point } from './measure';

const DAY = 86_400_000;
const WEEK = 7 * DAY;
/** Thresholds that are drawn. */
const MOST_THRESHOLDS = 64;
/** Firings a week from which nobody reads them any more. */
const NOISE = 168;

/** What people closed the alert of a firing as. */
export type Label = 'true-positive' | 'false-positive' | 'benign' | null;
/** A firing of a kept rule that raised an alert. */
export interface Judged {
  firing: FakeFiring;
  label: Label;
  alert: string | null;
}

/** Thresholds worth drawing: every value that occurs, thinned out where there are many. */
export function thresholdsOf(points: readonly Point[], wanted: number): number[] {
  const values = points.flatMap(({ value }) => (value === null || value <= 0 ? [] : [value]));
  const all = [...new Set([...values, ...(wanted > 0 ? [wanted] : [])])].toSorted((a, b) => a - b);
  if (all.length <= MOST_THRESHOLDS) return all;
  const step = (all.length - 1) / (MOST_THRESHOLDS - 1);
  return Array.from({ length: MOST_THRESHOLDS }, (_, at) => all[Math.round(at * step)] ?? 0);
}

export function curveOf(form: Form, points: readonly Point[]): CurveView[] | null {
  if (form.trigger.kind !== 'atLeast' || form.window.kind === 'none') return null;
  return thresholdsOf(points, Number(form.trigger.value)).map((threshold) => {
    const holding = reaching(points, threshold);
    return { threshold, candidates: holding.length, firings: fire(holding, quietOf(form), threshold).length };
  });
}

function barsOf({ matched, points }: Ran, firings: readonly FakeFiring[], spec: PreviewSpec): BarView[] {
  const step = (spec.to - spec.from) / spec.buckets;
  const bars = Array.from({ length: spec.buckets }, (): BarView => ({ matched: 0, firings: 0, peak: null }));
  const at = (time: number): BarView | undefined =>
    time < spec.from || time >= spec.to ? undefined : bars[Math.floor((time - spec.from) / step)];
  const add = (bar: BarView | undefined, what: 'matched' | 'firings'): void => {
    if (bar !== undefined) bar[what] += 1;
  };
  for (const event of matched) add(at(event.time), 'matched');
  for (const firing of firings) add(at(firing.at), 'firings');
  for (const point of points) {
    const bar = at(point.at);
    if (bar !== undefined && point.value !== null) bar.peak = Math.max(bar.peak ?? 0, point.value);
  }
  return bars;
}

/** Whether one of the firings stands for what was judged: it fires while that one went on. */
export const stillFires = (ran: Ran, { firing }: Judged): boolean =>
  ran.firings.some(({ at, lastSeen }) => at <= firing.lastSeen && lastSeen >= firing.at);

function busiestOf(firings: readonly FakeFiring[]): { value: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const { group } of firings) counts.set(group, (counts.get(group) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count)
    .slice(0, 5);
}

export interface Known {
  /** Firings of the version that counts now, of all time. */
  firings: readonly FakeFiring[];
  judged: readonly Judged[];
}

export function effectOf(form: Form, events: readonly FakeEvent[], spec: PreviewSpec, known: Known | null): EffectView {
  const ran = run(form, events);
  const inside = <T extends { at: number }>(all: readonly T[]): T[] =>
    all.filter(({ at }) => at >= spec.from && at < spec.to);
  const firings = inside(ran.firings);
  const matched = ran.matched.filter(({ time }) => time >= spec.from && time < spec.to);
  const judged = known?.judged ?? [];
  const told = (label: Label, kept: boolean): number =>
    judged.filter((one) => one.label === label && stillFires(ran, one) === kept).length;
  const before = known === null ? null : inside(known.firings);
  return {
    events: events.length,
    first: events[0]?.time ?? null,
    last: events.at(-1)?.time ?? null,
    demo: false,
    matched: matched.length,
    groups: new Set(inside(ran.points).map(({ group }) => group)).size,
    firings: firings.length,
    occurrences: firings.reduce((sum, { occurrences }) => sum + occurrences, 0),
    notifications: notificationsOf(firings),
    before: before === null ? null : [before.length, notificationsOf(before)],
    bars: barsOf(ran, firings, spec),
    marks: firings.map((firing) => {
      const same = judged.find((one) => one.firing.at <= firing.lastSeen && one.firing.lastSeen >= firing.at);
      const label = same?.label === 'true-positive' ? true : same?.label === 'false-positive' ? false : null;
      return { at: firing.at, group: firing.group, value: firing.value ?? 0, label, alert: same?.alert ?? null };
    }),
    curve: curveOf(form, inside(ran.points)),
    busiest: busiestOf(firings),
    trueKept: told('true-positive', true),
    trueLost: told('true-positive', false),
    falseKept: told('false-positive', true),
    falseLost: told('false-positive', false),
  };
}

function busiestWeek(firings: readonly FakeFiring[]): number {
  return firings.reduce((most, { at }) => {
    return Math.max(most, firings.filter((other) => other.at > at - WEEK && other.at <= at).length);
  }, 0);
}

/** Three thresholds: for few firings, for every true positive, and for as much as can be read. */
export function suggestionsOf(
  form: Form,
  events: readonly FakeEvent[],
  budget: number,
  judged: readonly Judged[],
): SuggestionsView {
  const ran = run(form, events);
  const days = Math.ceil(((events.at(-1)?.time ?? 0) - (events[0]?.time ?? 0)) / DAY);
  const labelled = (label: Label): Judged[] => judged.filter((one) => one.label === label);
  const [trues, falses] = [labelled('true-positive'), labelled('false-positive')];
  const sample =
    `${count(events.length, 'event')} of ${count(days, 'day')}: ${ran.matched.length} match, ` +
    `${count(ran.points.length, 'window')}; ${count(trues.length, 'alert')} closed as true positives, ` +
    `${falses.length} as false ones`;
  if (form.trigger.kind !== 'atLeast' || form.window.kind === 'none') {
    return { refusal: 'This rule has no threshold.', sample, suggestions: [] };
  }
  if (ran.points.length < 20) {
    const refusal = `Only ${ran.points.length} windows have a value: 20 are the least to go by.`;
    return { refusal, sample, suggestions: [] };
  }
  const tried = thresholdsOf(ran.points, 0).map((threshold) => {
    const firings = fire(reaching(ran.points, threshold), quietOf(form), threshold);
    const kept = (all: Judged[]): number => all.filter((one) => stillFires({ ...ran, firings }, one)).length;
    return { threshold, firings, week: busiestWeek(firings), trueKept: kept(trues), falseKept: kept(falses) };
  });
  type Tried = (typeof tried)[number];
  const least = (most: number): Tried | undefined => tried.find(({ week }) => week <= most) ?? tried.at(-1);
  const [quiet, sensitive] = [least(budget), least(NOISE - 1)];
  const middle = ((quiet?.threshold ?? 1) + (sensitive?.threshold ?? 1)) / 2;
  const balanced =
    trues.length > 0
      ? (tried.findLast(({ trueKept }) => trueKept === (tried[0]?.trueKept ?? 0)) ?? sensitive)
      : tried.find(({ threshold }) => threshold >= middle);
  const said = (name: string, found: Tried | undefined, reason: string | null): SuggestionView[] =>
    found === undefined
      ? []
      : [
          {
            name,
            threshold: found.threshold,
            firings: found.firings.length,
            busiestWeek: found.week,
            trueKept: found.trueKept,
            falseKept: found.falseKept,
            reason: reason ?? '',
          },
        ];
  const over = (found: Tried | undefined): string | null =>
    found !== undefined && found.week > budget ? `no threshold has at most ${budget} firings in any seven days` : null;
  return {
    refusal: null,
    sample,
    suggestions: [
      ...said('quiet', quiet, over(quiet)),
      ...said('balanced', balanced, null),
      ...said('sensitive', sensitive, null),
    ],
  };
}
