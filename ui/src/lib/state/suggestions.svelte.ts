/** The list under the search box: what could be typed next, with counts. A late answer never replaces a newer one. */
import type { Client } from '../ipc/client';
import {
  contextOf,
  type Counted,
  OPEN_FIELDS,
  type Offer,
  type Spot,
  valueOffers,
  wordOffers,
} from '../query/complete';
import { closedSet } from '../query/fields';
import type { Token } from '../query/grammar';

/** Typing rests this long, in ms, before the engine is asked for counts. */
const PAUSE = 90;
const MOST = 8;

export class Suggestions {
  open = $state(false);
  offers = $state.raw<Offer[]>([]);
  /** The one that Enter takes, or -1. */
  active = $state(-1);
  spot = $state.raw<Spot | null>(null);

  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly client: Pick<Client, 'suggestValues'>) {}

  /** Offers for this spot: at once what is known here, and a moment later with counts. */
  update(spot: Spot, others: readonly Token[]): void {
    this.spot = spot;
    this.open = true;
    const generation = (this.#generation += 1);
    clearTimeout(this.#timer);
    this.#show(spot.field === null ? wordOffers(spot, new Map()) : valueOffers(spot, spot.field, []), spot);
    if (spot.lost || spot.field?.kind === 'time' || spot.field?.kind === 'number') return;
    if (spot.field === null && spot.typed.length < 2) return;
    this.#timer = setTimeout(() => void this.#ask(spot, others, generation), PAUSE);
  }

  #show(offers: Offer[], spot: Spot): void {
    const before = this.offers[this.active]?.insert;
    this.offers = offers;
    const same = offers.findIndex((offer) => offer.insert === before);
    // A value that must be one of a few is as good as chosen; a word that is typed is meant as it is.
    const sure = spot.field !== null && closedSet(spot.field.kind) !== null && spot.typed !== '';
    this.active = same !== -1 ? same : sure && offers.length > 0 ? 0 : -1;
  }

  async #ask(spot: Spot, others: readonly Token[], generation: number): Promise<void> {
    const ask = async (field: string, limit: number): Promise<[string, readonly Counted[]]> => {
      const values = await this.client.suggestValues(field, spot.typed, contextOf(others, field), limit);
      return [field, values];
    };
    try {
      if (spot.field !== null) {
        // All of a few are counted whatever is typed: their labels may begin differently.
        const few = closedSet(spot.field.kind);
        const typed = few === null ? spot.typed : '';
        const { name } = spot.field;
        const values = await this.client.suggestValues(name, typed, contextOf(others, name), few?.length ?? MOST + 4);
        const fit = few === null ? values : values.filter((one) => few.includes(one.value));
        if (generation === this.#generation) this.#show(valueOffers(spot, spot.field, fit, MOST), spot);
        return;
      }
      const fields = ['severity', 'status', ...OPEN_FIELDS];
      const counted = new Map(await Promise.all(fields.map((field) => ask(field, MOST))));
      if (generation === this.#generation) this.#show(wordOffers(spot, counted), spot);
    } catch {
      // Without counts the offers are still right; what is wrong with the query is said elsewhere.
    }
  }

  move(by: number): void {
    const count = this.offers.length;
    if (count === 0) return;
    this.active = this.active === -1 ? (by > 0 ? 0 : count - 1) : (this.active + by + count) % count;
  }

  close(): void {
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.open = false;
    this.active = -1;
  }
}
