/**
 * Changes waiting to be looked up: one request at a time, at most 1,000 ids each; what arrives meanwhile is asked
 * for together, so a storm costs as many requests as the engine can answer and no more.
 */
import type { AlertRow } from '../ipc/client';

const MOST_IDS = 1_000;

/** None means: the list changed under the question, ask again. */
type Lookup = (ids: string[]) => Promise<AlertRow[] | null>;
type Merge = (asked: readonly string[], rows: AlertRow[], own: boolean) => void;

export class LiveQueue {
  /** Ids to ask for, and whether this window made the change. */
  #ids = new Map<string, boolean>();
  #running: Promise<void> | null = null;

  constructor(
    private readonly lookup: Lookup,
    private readonly merge: Merge,
  ) {}

  /** Resolves when everything asked for so far is merged. */
  push(ids: readonly string[], own: boolean): Promise<void> {
    for (const id of ids) this.#ids.set(id, own || (this.#ids.get(id) ?? false));
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #run(): Promise<void> {
    while (this.#ids.size > 0) {
      const own = [...this.#ids.values()].some((mine) => mine);
      const batch = [...this.#ids].filter(([, mine]) => mine === own).slice(0, MOST_IDS);
      const ids = batch.map(([id]) => id);
      for (const id of ids) this.#ids.delete(id);
      try {
        const rows = await this.lookup(ids);
        if (rows === null) for (const id of ids) this.#ids.set(id, own || (this.#ids.get(id) ?? false));
        else this.merge(ids, rows, own);
      } catch {
        // A hint that cannot be followed is dropped: the next read of the list shows the truth.
      }
    }
  }
}
