/** Work that many hints ask for: done at once, and then at most once in a while. */
export class Calm {
  #last = Number.NEGATIVE_INFINITY;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `pause` is the least time between two beginnings, in ms. */
  constructor(
    private readonly pause: number,
    private readonly work: () => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  ask(): void {
    if (this.#timer !== null) return;
    const wait = this.#last + this.pause - this.now();
    if (wait <= 0) return this.#run();
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#run();
    }, wait);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #run(): void {
    this.#last = this.now();
    this.work();
  }
}
