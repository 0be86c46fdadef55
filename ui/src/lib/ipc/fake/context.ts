/** What surrounds an alert in the fake: alerts like it, and whom it concerns. Exact over its rows. */
import { entitiesOf, type EntityRef, sameEntity } from '../../text/entities';
import type { EntityKind, EntityView, SimilarView, ValueCount } from '../client';
import type { FakeAlert } from './generate';

const HOUR = 3_600_000;
const NEAR = 30 * 24 * HOUR;
const BUCKETS = 30;
/** Upwards, as the engine ranks them. */
const SEVERITIES = ['informational', 'low', 'medium', 'unknown', 'high', 'critical'];

/** A title without what differs from one alert to the next: its numbers. */
const shape = (title: string): string => title.toLowerCase().replaceAll(/\d+/g, '#');

function alike(one: FakeAlert, other: FakeAlert): boolean {
  if (one.row.source === other.row.source && one.row.alertType === other.row.alertType) return true;
  if (one.row.category === other.row.category && shape(one.row.title) === shape(other.row.title)) return true;
  if (Math.abs(one.row.time - other.row.time) > NEAR) return false;
  const mine = entitiesOf(one.entities);
  return entitiesOf(other.entities).some((entity) => mine.some((known) => sameEntity(known, entity)));
}

/** When a person closed it, or none. */
const closedAt = ({ row, activity }: FakeAlert): number | null =>
  row.status !== 'closed'
    ? null
    : (activity.findLast((step) => step.actor === 'you' && step.what === 'closed' && !step.undone)?.at ?? null);

/** Alerts like `alert` among `all`, which are newest first. */
export function similarTo(alert: FakeAlert, all: FakeAlert[]): SimilarView {
  const found = all.filter((one) => one.row.id !== alert.row.id && alike(alert, one));
  let last: FakeAlert | null = null;
  for (const one of found) if ((closedAt(one) ?? 0) > (last === null ? 0 : (closedAt(last) ?? 0))) last = one;
  return {
    rows: found.slice(0, 20).map(({ row }) => row),
    lastHandled: last === null ? null : { row: last.row, how: last.activity.filter((step) => step.actor === 'you') },
  };
}

/** How often each value occurs, the most frequent first. */
function tally(values: string[]): ValueCount[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
}

function relatedOf(self: EntityRef, found: FakeAlert[]): EntityView['related'] {
  const others = found.flatMap(({ entities }) => entitiesOf(entities).filter((one) => !sameEntity(one, self)));
  return tally(others.map(({ kind, value }) => JSON.stringify([kind, value])))
    .slice(0, 10)
    .map(({ value: key, count }) => {
      const [kind, value] = JSON.parse(key) as [string, string];
      return { kind, value, count };
    });
}

/** The alerts of one entity among `all`, which are newest first. */
export function entityOf(kind: EntityKind, value: string, all: FakeAlert[]): EntityView {
  const found = all.filter(({ entities }) => entities[kind].includes(value));
  const rows = found.map(({ row }) => row);
  const [last, first] = [rows[0]?.time ?? null, rows.at(-1)?.time ?? null];
  const sparkStep = Math.max(HOUR, Math.ceil(((last ?? 0) - (first ?? 0) + 1) / BUCKETS));
  const spark = Array<number>(rows.length === 0 ? 0 : BUCKETS).fill(0);
  for (const row of rows) {
    const at = Math.floor((row.time - (first ?? 0)) / sparkStep);
    spark[at] = (spark[at] ?? 0) + 1;
  }
  return {
    kind,
    value,
    total: rows.length,
    open: rows.filter((row) => row.status !== 'closed').length,
    firstSeen: first,
    lastSeen: last,
    bySeverity: SEVERITIES.map((severity) => rows.filter((row) => row.severity === severity).length),
    sources: tally(rows.map((row) => row.source)),
    spark,
    sparkFrom: first ?? 0,
    sparkStep,
    latest: rows.slice(0, 20),
    related: relatedOf({ kind, value }, found),
  };
}
