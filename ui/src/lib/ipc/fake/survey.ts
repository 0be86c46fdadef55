/** What the engine counts of a filter, computed plainly over every alert of the fake. */
import { covers, named, timeOf, withoutField } from '../../query/edit';
import { roundStep } from '../../chart/steps';
import { timeRange } from '../../query/times';
import { severityRank, SEVERITIES } from '../../text/words';
import type { FacetView, HistogramView, SurveySpec, SurveyView, ValueCount } from '../client';
import type { FakeAlert } from './generate';
import { isSeen, textsOf } from './query';

/** The alerts that match a query. */
export type Match = (query: string) => readonly FakeAlert[];

/** Values a facet names at most, beside those chosen. */
const TOP = 20;

function counted(alerts: readonly FakeAlert[], field: string): ValueCount[] {
  const counts = new Map<string, number>();
  for (const alert of alerts) {
    for (const value of new Set(textsOf(alert, field))) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

function facet(match: Match, query: string, field: string): FacetView {
  const all = counted(match(withoutField(query, field)), field);
  const wanted = named(query, field, false);
  const values = all.filter((one, at) => at < TOP || wanted.some((pattern) => covers(pattern, one.value)));
  for (const value of wanted) {
    if (!value.includes('*') && !values.some((one) => covers(value, one.value))) values.push({ value, count: 0 });
  }
  const shown = values.reduce((sum, one) => sum + one.count, 0);
  return { field, values, others: all.reduce((sum, one) => sum + one.count, 0) - shown, distinct: all.length };
}

function histogram(alerts: readonly FakeAlert[], spec: SurveySpec, now: number): HistogramView {
  const asked = timeRange(timeOf(spec.query) ?? '', now);
  let [first, last] = [Infinity, -Infinity];
  for (const { row } of alerts) {
    first = Math.min(first, row.time);
    last = Math.max(last, row.time + 1);
  }
  const start = spec.from ?? asked?.from ?? (first === Infinity ? now : first);
  const end = Math.max(spec.to ?? asked?.to ?? Math.max(last, now), start + 1);
  const step = roundStep(start, end, spec.buckets);
  const from = Math.floor(start / step) * step;
  const to = Math.ceil(end / step) * step;
  const bars = Array.from({ length: (to - from) / step }, () => SEVERITIES.map(() => 0));
  for (const { row } of alerts) {
    const bar = bars[Math.floor((row.time - from) / step)];
    const rank = SEVERITIES.length - 1 - severityRank(row.severity);
    if (bar !== undefined) bar[rank] = (bar[rank] ?? 0) + 1;
  }
  return { from, to, step, bars };
}

export function survey(match: Match, spec: SurveySpec, now: number): SurveyView {
  const alerts = match(spec.query);
  return {
    count: alerts.length,
    unseen: alerts.filter((alert) => !isSeen(alert)).length,
    facets: spec.facets.map((field) => facet(match, spec.query, field)),
    histogram: histogram(alerts, spec, now),
  };
}

/** The values of a field that hold `prefix`: those that begin with it first, then the commonest first. */
export function suggest(match: Match, field: string, prefix: string, query: string, limit: number): ValueCount[] {
  const lower = prefix.toLowerCase();
  const found = counted(match(query), field).filter((one) => one.value.toLowerCase().includes(lower));
  const begins = (one: ValueCount): boolean => one.value.toLowerCase().startsWith(lower);
  return [...found.filter(begins), ...found.filter((one) => !begins(one))].slice(0, limit);
}
