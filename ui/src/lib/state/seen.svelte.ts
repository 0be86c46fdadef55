/** Tells the engine what a person has looked at, many at once. */
import type { Client } from '../ipc/client';

/** The cursor rests this long on an alert before it counts as seen, in ms. */
export const REST_MS = 1_000;
/** What is seen meanwhile goes together, in ms. */
const BATCH_MS = 250;
const MOST = 1_000;

export class SeenMarks {
  #pending = new Set<string>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: Client,
    /** Takes the marks off these rows. */
    private readonly show: (ids: string[]) => void,
  ) {}

  /** The cursor stands on this alert, or on none. */
  restOn(id: string | null): void {
    clearTimeout(this.#rest);
    if (id !== null) this.#rest = setTimeout(() => this.mark(id), REST_MS);
  }

  /** It was looked at. */
  mark(id: string): void {
    this.#pending.add(id);
    if (this.#timer === undefined) this.#timer = setTimeout(() => void this.#flush(), BATCH_MS);
  }

  async #flush(): Promise<void> {
    const ids = [...this.#pending].slice(0, MOST);
    try {
      await this.client.markSeen(ids);
      this.show(ids);
    } catch {
      // A mark more or less is not worth a message: the next look tries again.
    }
    for (const id of ids) this.#pending.delete(id);
    this.#timer = undefined;
    if (this.#pending.size > 0) this.#timer = setTimeout(() => void this.#flush(), BATCH_MS);
  }
}
