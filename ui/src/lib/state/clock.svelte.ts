/** The time as the window shows it; it moves every few seconds so that “3 min ago” stays true. */
export class Clock {
  now = $state(0);

  constructor(private readonly read: () => number = Date.now) {
    this.now = read();
  }

  /** Starts it; the answer stops it. */
  start(everyMs = 10_000): () => void {
    const timer = setInterval(() => this.tick(), everyMs);
    return () => clearInterval(timer);
  }

  tick(): void {
    this.now = this.read();
  }
}
