/**
 * Which element shows which row. A row that comes takes the element of one that went: filling an element anew costs
 * a fraction of making one, and a jump or another filter exchanges every row at once.
 */

/** A row with its place in the list; none while it is being read. */
export interface Place<Row> {
  row: Row | null;
  index: number;
}
/** A place and the element it has. */
export interface Drawn<Row> extends Place<Row> {
  slot: number;
  /** Where it stands, in pixels. */
  top: number;
}

const nameOf = (place: Place<{ id: string }>): string => place.row?.id ?? `empty-${place.index}`;

export class Slots<Row extends { id: string }> {
  #drawn: Drawn<Row>[] = [];
  #made = 0;

  /** Whether all of these are drawn. */
  hold(places: readonly Place<Row>[]): boolean {
    const names = new Set(this.#drawn.map(nameOf));
    return places.every((place) => names.has(nameOf(place)));
  }

  /**
   * What is drawn for these places, which stand in their order. With `spare`, elements that are not needed now keep
   * what they hold, where it was, and everything stays in the order of the page: that is the least to change.
   */
  draw(places: readonly Place<Row>[], spare: boolean, topOf: (index: number) => number): Drawn<Row>[] {
    const wanted = new Map(places.map((place) => [nameOf(place), place]));
    const taken = new Set(places.map((place) => place.index));
    const known = new Map(this.#drawn.map((drawn) => [nameOf(drawn), drawn.slot]));
    // Those that would lie on a place that is wanted go first, then in the order of the page.
    const gone = this.#drawn.filter((drawn) => !wanted.has(nameOf(drawn)));
    const free = [...gone.filter(({ index }) => taken.has(index)), ...gone.filter(({ index }) => !taken.has(index))];
    let used = 0;
    const drawn = places.map((place) => {
      const slot = known.get(nameOf(place)) ?? free[used++]?.slot ?? this.#made++;
      return { ...place, slot, top: topOf(place.index) };
    });
    this.#drawn = spare
      ? this.#inPlace(drawn, new Set(free.slice(used).filter((one) => !taken.has(one.index))))
      : drawn;
    return this.#drawn;
  }

  /** The elements in the order they have, each with what it is to show or, as a spare, with what it shows. */
  #inPlace(drawn: readonly Drawn<Row>[], spare: ReadonlySet<Drawn<Row>>): Drawn<Row>[] {
    const bySlot = new Map(drawn.map((one) => [one.slot, one]));
    const before = this.#drawn.flatMap((old) => {
      const now = bySlot.get(old.slot);
      bySlot.delete(old.slot);
      return now ?? (spare.has(old) ? old : []);
    });
    return [...before, ...bySlot.values()];
  }
}
