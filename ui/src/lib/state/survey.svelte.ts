/**
 * The counts of what is shown: how many, how many unseen, the facets, the histogram. Old numbers stay until new ones
 * are there, a late answer never replaces a newer one, and nothing changes its place under the pointer.
 */
import { sameField } from '../query/fields';
import type { AlertsChanged, Client, FacetView, HistogramView, SurveyView, ValueCount } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import type { AlertFilter } from './filter.svelte';

/** The fields of the rail, as the engine calls them. */
export const FACETS = ['severity', 'status', 'source', 'category', 'alertType', 'tactic'] as const;
/** Live changes are counted this long, in ms, after the first one that is not counted yet. */
const PAUSE = 500;
const BARS = 120;

/** Values in the order of `old`, new ones behind. `all`: a value that is not among the fresh ones has no alert. */
export function keepOrder(old: readonly ValueCount[], fresh: readonly ValueCount[], all: boolean): ValueCount[] {
  const counts = new Map(fresh.map((one) => [one.value, one]));
  const kept = old.flatMap(({ value }) => counts.get(value) ?? (all ? { value, count: 0 } : []));
  const known = new Set(old.map((one) => one.value));
  return [...kept, ...fresh.filter((one) => !known.has(one.value))];
}

export class Survey {
  count = $state<number | null>(null);
  unseen = $state(0);
  facets = $state.raw<FacetView[]>([]);
  histogram = $state.raw<HistogramView | null>(null);
  /** The query these numbers are of. */
  of = $state('');
  /** Newer numbers are on their way. */
  busy = $state(false);
  error = $state<ClientError | null>(null);
  /** Told how many alerts a query has. */
  onCount: (query: string, count: number) => void = () => undefined;

  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #holds = 0;
  #missed = false;

  constructor(
    private readonly client: Client,
    private readonly filter: AlertFilter,
    private readonly now: () => number,
  ) {}

  /** Counts anew, for the filter as it is. `live`: the same filter, so the histogram keeps its frame. */
  async load(live = false): Promise<void> {
    this.#stopTimer();
    const generation = (this.#generation += 1);
    const query = this.filter.query;
    const frame = live && query === this.of ? this.#frame() : { from: null, to: null };
    if (!live) this.busy = true;
    try {
      const answer = await this.client.survey({ query, ...frame, buckets: BARS, facets: [...FACETS] });
      if (generation !== this.#generation) return;
      this.#take(query, answer);
      this.error = null;
      this.busy = false;
    } catch (thrown) {
      if (generation !== this.#generation) return;
      this.error = toClientError(thrown);
      this.busy = false;
    }
  }

  /** The stretch the bars cover now, longer by whole bars where time went on. */
  #frame(): { from: number | null; to: number | null } {
    const shown = this.histogram;
    if (shown === null || shown.bars.length === 0 || this.filter.time !== null) return { from: null, to: null };
    const more = Math.max(0, Math.ceil((this.now() + 1 - shown.to) / shown.step));
    // A stretch that has grown by half is worth wider bars.
    if (shown.bars.length + more > BARS * 1.5) return { from: null, to: null };
    return { from: shown.from, to: shown.to + more * shown.step };
  }

  #take(query: string, answer: SurveyView): void {
    this.onCount(query, answer.count);
    this.count = answer.count;
    this.unseen = answer.unseen;
    this.histogram = answer.histogram;
    this.of = query;
    this.facets = this.#holds === 0 ? answer.facets : answer.facets.map((facet) => this.#still(facet));
  }

  /** A facet with the values where they were. */
  #still(fresh: FacetView): FacetView {
    const old = this.facets.find((facet) => facet.field === fresh.field);
    if (old === undefined) return fresh;
    return { ...fresh, values: keepOrder(old.values, fresh.values, fresh.others === 0) };
  }

  facet(field: string): FacetView | null {
    return this.facets.find((facet) => sameField(facet.field, field)) ?? null;
  }

  /** Something changed in the store. */
  onChange(change: AlertsChanged): void {
    if (!change.many && change.added.length === 0 && change.updated.length === 0) return;
    this.refresh();
  }

  /** Counts anew before long: once for whatever comes until then. */
  refresh(): void {
    if (this.#holds > 0) this.#missed = true;
    this.#timer ??= setTimeout(() => void this.load(true), PAUSE);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** While it is held (someone points at the numbers), they keep their places. The answer ends that. */
  hold(): () => void {
    this.#holds += 1;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holds -= 1;
      if (this.#holds > 0 || !this.#missed) return;
      this.#missed = false;
      this.refresh();
    };
  }

  stop(): void {
    this.#stopTimer();
  }
}
