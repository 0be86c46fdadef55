/**
 * What the window shows, as one text: the query. Chips, facets, the time picker and the histogram write into it and
 * read from it; there is nothing beside it. Everyone who shows alerts listens here for a change.
 */
import { exclude, include, named, only, setTime, timeOf, toggle } from '../query/edit';
import { tidy } from '../query/grammar';
import { printRange } from '../query/times';

/** Told after a change: of the query, or only of the order. */
type Listener = (what: 'query' | 'sort') => unknown;

/** What the first window shows until the saved views are read. */
export const FIRST_QUERY = '-status:closed snoozed:false';

export class AlertFilter {
  /** The query as the person wrote it. */
  text = $state(FIRST_QUERY);
  sort = $state('time');
  /** What is asked of the engine. */
  readonly query = $derived(tidy(this.text));
  /** Whether anything narrows what is shown. */
  readonly narrowed = $derived(this.query !== '');
  /** The value of the time term, or null. */
  readonly time = $derived(timeOf(this.text));

  /** Each zoom with the time before it. */
  #zooms: { from: string | null; to: string }[] = [];
  #listeners = new Set<Listener>();

  /** The answer ends it. */
  onChange(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Lets everyone read again, even where nothing changed. */
  apply(what: 'query' | 'sort' = 'query'): Promise<unknown> {
    return Promise.all([...this.#listeners].map((listener) => listener(what)));
  }

  /** Sets what is shown first, before anything is read. */
  begin(text: string, sort: string): void {
    this.text = text;
    this.sort = sort;
  }

  /** Shows what this query asks for. */
  set(text: string, sort = this.sort): Promise<unknown> {
    const other = tidy(text) !== this.query;
    const sorted = sort !== this.sort;
    this.text = text;
    this.sort = sort;
    return other ? this.apply() : sorted ? this.apply('sort') : Promise.resolve();
  }

  clear(): Promise<unknown> {
    return this.set('');
  }

  /** Lets a value of a field in or, where it is in, takes it out. */
  toggle(field: string, value: string): Promise<unknown> {
    return this.set(toggle(this.text, field, value));
  }
  /** Shows what has this value, beside the values already chosen. */
  include(field: string, value: string): Promise<unknown> {
    return this.set(include(this.text, field, value));
  }
  /** Hides what has this value or, where it is hidden, shows it. */
  exclude(field: string, value: string): Promise<unknown> {
    return this.set(exclude(this.text, field, value));
  }
  /** Shows what has this value of the field and no other. */
  only(field: string, value: string): Promise<unknown> {
    return this.set(only(this.text, field, value));
  }
  /** Sets the time term to this value, or takes it away. */
  setTime(value: string | null): Promise<unknown> {
    return this.set(setTime(this.text, value));
  }
  /** Shows this stretch of time only; `zoomOut` comes back. */
  zoomTo(from: number, to: number): Promise<unknown> {
    const value = printRange({ from, to });
    this.#zooms = [...this.#zooms.filter((zoom) => zoom.to !== value), { from: this.time, to: value }];
    return this.setTime(value);
  }
  /** Back to the time before the last zoom; a time set in another way is taken off. */
  zoomOut(): Promise<unknown> {
    const at = this.#zooms.findLastIndex((zoom) => zoom.to === this.time);
    const before = this.#zooms[at]?.from ?? null;
    this.#zooms = this.#zooms.slice(0, Math.max(0, at));
    return this.setTime(before);
  }
  /** The values the query asks for. */
  named(field: string): string[] {
    return named(this.text, field, false);
  }

  /** Sorts by this; asked again, the other way round. */
  sortBy(word: string): Promise<unknown> {
    return this.set(this.text, this.sort === word ? `${word}:asc` : word);
  }
}
