import type { Condition } from './form';
import type { Fields } from './words';

/** Kinds of events and of fields, in words. */
const KINDS: Record<string, string> = {
  'dlp.transaction': 'Shield transactions',
  'api.request': 'API requests',
  alert: "Vendors' alerts",
  governance: 'API governance',
  generic: 'Other events',
};
export const kindWords = (kind: string): string => KINDS[kind] ?? kind;

/** The operators that a field can have. */
export function opsOf(kind: string): readonly ('anyOf' | 'gte' | 'gt' | 'lte' | 'lt' | 'regex')[] {
  if (kind === 'number') return ['anyOf', 'gte', 'gt', 'lte', 'lt'];
  if (kind === 'bool' || kind === 'ip') return ['anyOf'];
  return ['anyOf', 'regex'];
}

/** What may be written as a value. */
export function valueHint(kind: string): string {
  switch (kind) {
    case 'ip':
      return 'an address, a block such as 10.0.0.0/8, or list:name';
    case 'number':
      return 'a number';
    case 'bool':
      return 'true or false';
    case 'hostname':
      return 'a host, * stands for anything, or list:name';
    default:
      return 'a value, * stands for anything, or list:name';
  }
}

/** Kinds of events that every condition so far can be about: their fields come first. */
export function kindsOf(conditions: readonly Condition[], fields: Fields): string[] {
  const all = conditions.flatMap(({ type }) => {
    const field = fields.get(type);
    return field === undefined ? [] : [field.of];
  });
  const [first, ...rest] = all;
  return (first ?? []).filter((kind) => rest.every((others) => others.includes(kind)));
}
