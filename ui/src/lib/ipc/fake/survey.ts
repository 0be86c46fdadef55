/** Counts of a filter, suggestions and saved views of the fake. */
import type { SavedViewSpec, SavedViewView, SurveySpec, SurveyView, ValueCount } from '../client';
import type { FakeAlert } from './generate';
import { valuesOf } from './query';

/** The counts of `found`, which the query matches. */
export function surveyOf(found: FakeAlert[], spec: SurveySpec): SurveyView {
  return {
    count: found.length,
    unseen: found.filter(({ row }) => !row.seen).length,
    facets: spec.facets.map((field) => ({ field, values: [], others: 0, distinct: 0 })),
    histogram: { from: spec.from ?? 0, to: spec.to ?? 0, step: 3_600_000, bars: [] },
  };
}

/** Values of a field among `found` that begin like `prefix`, most frequent first. */
export function suggest(found: FakeAlert[], field: string, prefix: string, limit: number): ValueCount[] {
  const counts = new Map<string, number>();
  for (const alert of found) {
    for (const value of valuesOf(alert, field)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return [...counts]
    .filter(([value]) => value.toLowerCase().startsWith(prefix.toLowerCase()))
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count)
    .slice(0, limit);
}

const builtin = (id: string, name: string, query: string): SavedViewView => ({
  id,
  name,
  query,
  sort: 'time',
  columns: [],
  isDefault: id === 'needs-me',
  builtin: true,
});

export const BUILTIN_VIEWS: SavedViewView[] = [
  builtin('needs-me', 'Needs me', '-status:closed snoozed:false'),
  builtin('critical-high', 'Critical and high, open', 'severity:critical,high -status:closed'),
  builtin('all', 'All', ''),
];

/** The views after one was saved, and that one. */
export function saveView(views: SavedViewView[], spec: SavedViewSpec): [SavedViewView[], SavedViewView] {
  const id = spec.id ?? `view-${views.length + 1}`;
  const saved = { ...spec, id, builtin: views.some((view) => view.id === id && view.builtin) };
  const others = views.map((view) => (spec.isDefault ? { ...view, isDefault: false } : view));
  const known = others.some((view) => view.id === id);
  return [known ? others.map((view) => (view.id === id ? saved : view)) : [...others, saved], saved];
}
