/** The kinds of whom or what an alert concerns: how people call them, and their field in a query. */
import type { EntitiesView, EntityKind } from '../ipc/client';

interface Kind {
  kind: EntityKind;
  /** As the head of a list. */
  label: string;
  /** In a sentence. */
  one: string;
  /** The field of the query. */
  field: string;
}

/** In the order they are shown. */
export const ENTITY_KINDS: readonly Kind[] = [
  { kind: 'username', label: 'User', one: 'user', field: 'user' },
  { kind: 'clientIp', label: 'Client address', one: 'address', field: 'ip' },
  { kind: 'apiKeyId', label: 'API key', one: 'key', field: 'key' },
  { kind: 'endpoint', label: 'Endpoint', one: 'endpoint', field: 'endpoint' },
  { kind: 'hostname', label: 'Host', one: 'host', field: 'host' },
];
const FIRST = ENTITY_KINDS[0] as Kind;

/** Words for a kind; an unknown one from a newer engine reads like a user. */
export const entityWords = (kind: string): Kind => ENTITY_KINDS.find((one) => one.kind === kind) ?? FIRST;

export interface EntityRef {
  kind: EntityKind;
  value: string;
}
export const sameEntity = (a: EntityRef, b: EntityRef): boolean => a.kind === b.kind && a.value === b.value;

/** Every entity of an alert, in the order they are shown. */
export const entitiesOf = (entities: EntitiesView): EntityRef[] =>
  ENTITY_KINDS.flatMap(({ kind }) => entities[kind].map((value) => ({ kind, value })));
