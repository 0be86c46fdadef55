/** What to offer while a query is typed: fields, values and times, for the term at the caret. */
import { SEVERITIES, STATUSES, severityLabel, statusLabel } from '../text/words';
import { withoutField } from './edit';
import { closedSet, type Field, fieldNamed, FIELDS, REASON_VALUES } from './fields';
import { print, printValue, type Token, tokens } from './grammar';
import { spanWords } from './show';

/** The term at the caret. */
export interface Spot {
  /** It stands from here to `end` in the text. */
  at: number;
  end: number;
  negated: boolean;
  /** Known once its colon is typed. */
  field: Field | null;
  /** Values before the one being typed. */
  before: string[];
  /** What is typed of the word or the value, up to the caret. */
  typed: string;
  /** A colon is there, but the engine knows no such field. */
  lost: boolean;
}

export interface Offer {
  /** What takes the place of the term. */
  insert: string;
  /** The term is whole with it; otherwise its value comes next. */
  whole: boolean;
  label: string;
  hint: string;
  count: number | null;
  group: 'Fields' | 'Values' | 'Times';
}

/** A value with its count, as the engine answers. */
export interface Counted {
  value: string;
  count: number;
}

/** Relative times worth a click. */
export const SHORTCUTS = ['15m', '1h', '24h', '7d', '30d', '90d'] as const;
/** Fields whose values are offered before a field is named, as the engine calls them. */
export const OPEN_FIELDS = ['source', 'alertType', 'category'] as const;

/** The term that the caret stands in or right behind; blank where there is none. */
export function spotAt(text: string, caret: number): Spot {
  const blank: Spot = { at: caret, end: caret, negated: false, field: null, before: [], typed: '', lost: false };
  const token = tokens(text).find((one) => one.at < caret && caret <= one.end);
  if (token === undefined) return blank;
  // What stands right of the caret is not typed yet.
  const [left] = tokens(text.slice(token.at, caret)) as [Token];
  const field = left.field === null ? null : fieldNamed(left.field);
  return {
    at: token.at,
    end: token.end,
    negated: left.negated,
    field,
    before: left.values.slice(0, -1),
    typed: left.values.at(-1) ?? '',
    lost: left.field !== null && field === null,
  };
}

/** The query whose alerts the values are counted in: all the other terms, and none that names this field. */
export function contextOf(terms: readonly Token[], field: string): string {
  return withoutField(terms.map(print).join(' '), field);
}

const begins = (text: string, typed: string): boolean => text.toLowerCase().startsWith(typed.toLowerCase());
const sign = (spot: Spot): string => (spot.negated ? '-' : '');

const fieldOffer = (spot: Spot, field: Field): Offer => ({
  insert: `${sign(spot)}${field.name}:`,
  whole: false,
  label: `${field.name}:`,
  hint: field.hint,
  count: null,
  group: 'Fields',
});

function valueOffer(spot: Spot, field: Field, value: string, count: number | null, hint = ''): Offer {
  const values = [...spot.before, value].map(printValue).join(',');
  return { insert: `${sign(spot)}${field.name}:${values}`, whole: true, label: value, hint, count, group: 'Values' };
}

function timeOffer(spot: Spot, field: Field, value: string): Offer {
  const words = spanWords(value) ?? value;
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  const insert = `${sign(spot)}${field.name}:${value}`;
  return { insert, whole: true, label, hint: `${field.name}:${value}`, count: null, group: 'Times' };
}

const COMPARED: Partial<Record<Field['kind'], readonly string[]>> = {
  severity: ['>=high', '>=medium'],
  number: ['>=2', '>=5', '>=10', '>=100'],
};
const words = (field: Field, value: string): string => {
  if (field.kind === 'severity') return severityLabel(value);
  return field.kind === 'status' ? statusLabel(value) : '';
};

/** Values that a field has whatever is stored. */
function fixedValues(field: Field): readonly string[] {
  if (field.name === 'reason') return REASON_VALUES;
  return closedSet(field.kind) ?? [];
}

/** Offers for the value of a field that is named. `counted`: values the engine knows. */
export function valueOffers(spot: Spot, field: Field, counted: readonly Counted[], most = 8): Offer[] {
  if (field.kind === 'time') {
    return SHORTCUTS.filter((one) => begins(one, spot.typed)).map((one) => timeOffer(spot, field, one));
  }
  const counts = new Map(counted.map((one) => [one.value, one.count]));
  const given = fixedValues(field).filter(
    (value) => begins(value, spot.typed) || begins(words(field, value), spot.typed),
  );
  const known = closedSet(field.kind) === null ? [...given, ...counts.keys()] : given;
  const values = [...new Set(known)].filter((value) => !spot.before.includes(value));
  const offers = values.map((value) => valueOffer(spot, field, value, counts.get(value) ?? null, words(field, value)));
  const compared = (COMPARED[field.kind] ?? []).filter((one) => spot.before.length === 0 && begins(one, spot.typed));
  return [...offers.slice(0, most), ...compared.map((one) => valueOffer(spot, field, one, null))];
}

/** Offers where no field is named yet: fields that begin so, and values of the commonest fields. */
export function wordOffers(spot: Spot, counted: ReadonlyMap<string, readonly Counted[]>): Offer[] {
  const { typed } = spot;
  if (spot.lost) return [];
  const named = FIELDS.filter((field) =>
    [field.name, field.label, ...field.aliases].some((name) => begins(name, typed)),
  ).slice(0, typed === '' ? 7 : 4);
  const offers = named.map((field) => fieldOffer(spot, field));
  const time = fieldNamed('time');
  if (time !== null && (typed === '' || begins('last', typed) || begins('time', typed))) {
    offers.push(...SHORTCUTS.slice(1, 4).map((one) => timeOffer(spot, time, one)));
  }
  if (typed === '') return offers;
  for (const [name, known] of [
    ['severity', SEVERITIES],
    ['status', STATUSES],
  ] as const) {
    const field = fieldNamed(name);
    if (field === null) continue;
    const fit = known.filter((value) => begins(value, typed) || begins(words(field, value), typed));
    offers.push(...fit.map((value) => withField(spot, field, value, countIn(counted, name, value))));
  }
  for (const name of OPEN_FIELDS) {
    const field = fieldNamed(name);
    if (field !== null) {
      offers.push(...(counted.get(name) ?? []).slice(0, 3).map((one) => withField(spot, field, one.value, one.count)));
    }
  }
  return offers;
}

/** A value with the name of its field, since none is named yet. */
function withField(spot: Spot, field: Field, value: string, count: number | null): Offer {
  return { ...valueOffer(spot, field, value, count), hint: field.label.toLowerCase() };
}

const countIn = (counted: ReadonlyMap<string, readonly Counted[]>, name: string, value: string): number | null =>
  counted.get(name)?.find((one) => one.value === value)?.count ?? null;
