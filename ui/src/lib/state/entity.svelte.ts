/**
 * The panel for an address, a user, a key, an endpoint or a host. It stands over the alert's panel and remembers the
 * way: entities and alerts that were gone to from it, back and forward.
 */
import type { AlertRow, AlertsChanged, Client, EntityView } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import { ENTITY_KINDS, entitiesOf, type EntityRef, sameEntity } from '../text/entities';
import type { Peek } from './peek.svelte';

/** A place on the way. */
type Place = { entity: EntityRef } | { alert: string };
/** Places that are remembered. */
const MOST = 50;

export class EntityPanel {
  /** Whom it shows; none while it is closed. */
  shown = $state.raw<EntityRef | null>(null);
  /** Stays while the next one is read, so that nothing flickers. */
  details = $state.raw<EntityView | null>(null);
  error = $state<ClientError | null>(null);
  #back = $state.raw<Place[]>([]);
  #forward = $state.raw<Place[]>([]);
  #request = 0;

  constructor(
    private readonly client: Client,
    private readonly peek: Peek,
  ) {}

  get canGoBack(): boolean {
    return this.#back.length > 0;
  }
  get canGoForward(): boolean {
    return this.#forward.length > 0;
  }

  #here(): Place | null {
    if (this.shown !== null) return { entity: this.shown };
    return this.peek.id === null ? null : { alert: this.peek.id };
  }
  #leave(): void {
    const here = this.#here();
    if (here !== null) this.#back = [...this.#back, here].slice(-MOST);
    this.#forward = [];
  }

  /** Shows an entity. */
  async open(entity: EntityRef): Promise<void> {
    if (this.shown !== null && sameEntity(this.shown, entity)) return;
    this.#leave();
    await this.#show({ entity });
  }

  /** Shows an alert from here, so that “back” comes to this entity again. */
  async openAlert(id: string): Promise<void> {
    this.#leave();
    await this.#show({ alert: id });
  }

  async back(): Promise<void> {
    const to = this.#back.at(-1);
    if (to === undefined) return;
    const here = this.#here();
    this.#back = this.#back.slice(0, -1);
    if (here !== null) this.#forward = [...this.#forward, here];
    await this.#show(to);
  }
  async forward(): Promise<void> {
    const to = this.#forward.at(-1);
    if (to === undefined) return;
    const here = this.#here();
    this.#forward = this.#forward.slice(0, -1);
    if (here !== null) this.#back = [...this.#back, here];
    await this.#show(to);
  }

  /** Closes it; an alert's panel under it shows again. */
  close(): void {
    this.#request += 1;
    this.shown = null;
    this.details = null;
    this.error = null;
    this.#back = [];
    this.#forward = [];
  }

  async #show(place: Place): Promise<void> {
    if ('alert' in place) {
      this.#request += 1;
      this.shown = null;
      this.details = null;
      await this.peek.open(place.alert);
    } else {
      this.shown = place.entity;
      await this.refresh();
    }
  }

  async refresh(): Promise<void> {
    const entity = this.shown;
    if (entity === null) return;
    this.#request += 1;
    const request = this.#request;
    try {
      const details = await this.client.getEntity(entity.kind, entity.value);
      if (request !== this.#request) return;
      this.details = details;
      this.error = null;
    } catch (thrown) {
      if (request !== this.#request) return;
      this.details = null;
      this.error = toClientError(thrown);
    }
  }

  onChange(change: AlertsChanged): void {
    if (change.many || change.added.length + change.updated.length > 0) void this.refresh();
  }

  /** Whom an alert is about before all: the one its row names, else the first; none where it names none. */
  async ofAlert(id: string): Promise<EntityRef | null> {
    try {
      const { row, entities } = await this.client.getAlert(id);
      const named = entitiesOf(entities);
      return named.find((one) => one.value === row.entity) ?? named[0] ?? null;
    } catch {
      return null;
    }
  }

  /** Whom a row's one entity is: the row has no word for its kind, so the alert is asked. */
  async ofRow(row: AlertRow): Promise<EntityRef | null> {
    if (row.entity === null) return null;
    try {
      const { entities } = await this.client.getAlert(row.id);
      return entitiesOf(entities).find((one) => one.value === row.entity) ?? null;
    } catch {
      return null;
    }
  }
}

/** A kind as the client knows it; none for a word of a newer engine. */
export function asEntity(kind: string, value: string): EntityRef | null {
  const known = ENTITY_KINDS.find((one) => one.kind === kind);
  return known === undefined ? null : { kind: known.kind, value };
}
