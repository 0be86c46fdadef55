/** Work that follows something that changes quickly: one at a time, and always the latest. */
export class Pump<T> {
  #waiting: { value: T } | null = null;
  #running: Promise<void> | null = null;

  constructor(private readonly work: (value: T) => Promise<void>) {}

  /** Works on this next; what still waited is left out. */
  push(value: T): void {
    this.#waiting = { value };
    this.#running ??= this.#run();
  }

  /** Leaves out what waits. */
  clear(): void {
    this.#waiting = null;
  }

  /** Settles when nothing is left to do. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  get busy(): boolean {
    return this.#running !== null;
  }

  async #run(): Promise<void> {
    while (this.#waiting !== null) {
      const { value } = this.#waiting;
      this.#waiting = null;
      await this.work(value);
    }
    this.#running = null;
  }
}
