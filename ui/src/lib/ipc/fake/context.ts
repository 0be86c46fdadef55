/** What surrounds an alert in the fake: alerts like it, and whom it concerns. */
import type { EntityKind, EntityView, SimilarView } from '../client';
import type { FakeAlert } from './generate';

/** Alerts like `alert` among `all`. */
export function similarTo({ row }: FakeAlert, all: FakeAlert[]): SimilarView {
  const alike = all.filter((one) => one.row.id !== row.id && one.row.alertType === row.alertType);
  const rows = alike.filter((one) => one.row.source === row.source).map((one) => one.row);
  return { rows: rows.slice(0, 20), lastHandled: null };
}

/** The alerts of one entity among `all`, newest first. */
export function entityOf(kind: EntityKind, value: string, all: FakeAlert[]): EntityView {
  const found = all.filter(({ entities }) => entities[kind].includes(value)).map(({ row }) => row);
  const times = found.map((row) => row.time);
  return {
    kind,
    value,
    total: found.length,
    open: found.filter((row) => row.status !== 'closed').length,
    firstSeen: found.length === 0 ? null : Math.min(...times),
    lastSeen: found.length === 0 ? null : Math.max(...times),
    bySeverity: [0, 0, 0, 0, 0, 0],
    sources: [],
    spark: [],
    sparkFrom: 0,
    sparkStep: 3_600_000,
    latest: found.slice(0, 20),
    related: [],
  };
}
