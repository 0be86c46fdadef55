/** Whoever wants to be told. */
export class Listeners<T> {
  #all = new Set<(value: T) => void>();
  add = (listener: (value: T) => void) => {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  };
  tell(value: T): void {
    for (const listener of this.#all) listener(value);
  }
}
