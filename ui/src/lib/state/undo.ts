/** What this window did and can take back, the latest first. Plain data. */

/** Changes that are kept. */
const MOST = 100;

export interface Undoable {
  changeId: string;
  /** What was done, in words. */
  text: string;
}

export class UndoStack<T extends Undoable> {
  #done: T[] = [];

  get size(): number {
    return this.#done.length;
  }
  push(done: T): void {
    this.#done = [...this.#done, done].slice(-MOST);
  }
  /** The latest, taken off. */
  pop(): T | undefined {
    return this.#done.pop();
  }
  /** Takes this one off, wherever it stands; answers whether it was there. */
  take(changeId: string): boolean {
    const left = this.#done.filter((done) => done.changeId !== changeId);
    const found = left.length < this.#done.length;
    this.#done = left;
    return found;
  }
}
