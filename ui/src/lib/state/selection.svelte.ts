/** What is selected: single alerts, or everything that the filter matches, loaded or not. */
import { SvelteSet } from 'svelte/reactivity';

/** Alerts that a range may hold; more are selected by “all that match”. */
export const MOST_SELECTED = 10_000;

export class Selection {
  readonly #ids = new SvelteSet<string>();
  /** How many match, once everything that matches is selected. */
  #all = $state<number | null>(null);

  get size(): number {
    return this.#all ?? this.#ids.size;
  }
  /** Whether it reaches beyond what is loaded. */
  get everything(): boolean {
    return this.#all !== null;
  }
  /** The single alerts; with everything selected, those that were chosen before. */
  get ids(): string[] {
    return [...this.#ids];
  }

  has(id: string): boolean {
    return this.#all !== null || this.#ids.has(id);
  }
  add(ids: Iterable<string>): void {
    for (const id of ids) this.#ids.add(id);
  }
  delete(id: string): void {
    this.#ids.delete(id);
  }
  clear(): void {
    this.#ids.clear();
    this.#all = null;
  }

  /** In or out. Taking one out of everything leaves the others of `loaded`. */
  toggle(id: string, loaded: () => readonly string[]): void {
    if (this.#all !== null) {
      this.#all = null;
      this.#ids.clear();
      this.add(loaded());
      this.#ids.delete(id);
    } else if (!this.#ids.delete(id)) this.#ids.add(id);
  }

  /** Everything that matches, `count` of them. */
  selectEverything(count: number): void {
    this.#all = count;
  }
}
