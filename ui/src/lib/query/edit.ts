/**
 * Changes to a query as text. Terms that are not concerned stay exactly as they were typed, so a filter set with
 * the mouse and one written by hand are the same thing.
 */
import { asSeverity, SEVERITIES, severityRank } from '../text/words';
import { fieldNamed, sameField, splitBound } from './fields';
import { print, type Term, type Token, tokens } from './grammar';

/** How a query treats one value of a field. */
export type Choice = 'included' | 'excluded' | 'free';

/** Whether a value written in a query, with `*` for any run of characters, covers `text`. */
export function covers(pattern: string, text: string): boolean {
  const runs = pattern.toLowerCase().split('*');
  const whole = text.toLowerCase();
  const [first = '', ...rest] = runs;
  const last = rest.pop();
  if (last === undefined) return whole === first;
  if (!whole.startsWith(first)) return false;
  let at = first.length;
  for (const run of rest) {
    const found = whole.indexOf(run, at);
    if (found === -1) return false;
    at = found + run.length;
  }
  return whole.length - at >= last.length && whole.endsWith(last);
}

/** The severities a list such as `high,low` or `>=high` names. */
export function severitiesOf(values: readonly string[]): string[] {
  const [first = '', ...more] = values;
  const { bound, rest } = splitBound(first);
  const words = [rest, ...more].map((word) => (word.trim().toLowerCase() === 'info' ? 'informational' : word.trim()));
  if (bound === '' || more.length > 0) return words.map((word) => word.toLowerCase());
  const limit = severityRank(asSeverity(words[0] ?? ''));
  return SEVERITIES.filter((one) => {
    // 0 is the worst, so “at least” means a rank that is no greater.
    const rank = severityRank(one);
    if (bound === '>=') return rank <= limit;
    if (bound === '>') return rank < limit;
    return bound === '<=' ? rank >= limit : rank > limit;
  });
}

/** The values of a term, comparisons of severities written out. */
const valuesOf = (term: Term): string[] =>
  term.field !== null && fieldNamed(term.field)?.kind === 'severity' ? severitiesOf(term.values) : term.values;

/** The query read last: a rail of filters asks about each of its values. */
let read: { text: string; tokens: readonly Token[] } = { text: '', tokens: [] };
function tokensOf(text: string): readonly Token[] {
  if (read.text !== text) read = { text, tokens: tokens(text) };
  return read.tokens;
}

const on = (text: string, field: string, negated: boolean): Token[] =>
  tokensOf(text).filter((token) => token.negated === negated && sameField(token.field, field));

const has = (term: Term, value: string): boolean => valuesOf(term).some((one) => covers(one, value));

/** How the query treats this value. */
export function choiceOf(text: string, field: string, value: string): Choice {
  if (on(text, field, true).some((term) => has(term, value))) return 'excluded';
  const wanted = on(text, field, false);
  return wanted.length > 0 && wanted.every((term) => has(term, value)) ? 'included' : 'free';
}

/** The values a query names for a field, as they stand there. */
export function named(text: string, field: string, negated: boolean): string[] {
  return [...new Set(on(text, field, negated).flatMap(valuesOf))];
}

/** Puts `terms` in the place of the first of `old`, or at the end; the other old ones go. */
function swap(text: string, old: readonly Token[], terms: readonly Term[]): string {
  const gone = new Set(old.map((token) => token.at));
  const place = old[0]?.at;
  const out: string[] = [];
  for (const token of tokens(text)) {
    if (token.at === place) out.push(...terms.map(print));
    else if (!gone.has(token.at)) out.push(token.raw);
  }
  if (place === undefined) out.push(...terms.map(print));
  return out.join(' ');
}

function setValues(text: string, field: string, negated: boolean, values: readonly string[]): string {
  const old = on(text, field, negated);
  const name = old[0]?.field ?? field;
  return swap(text, old, values.length === 0 ? [] : [{ negated, field: name, values: [...values] }]);
}

/** Takes a value out of the terms that name it. */
function without(text: string, field: string, value: string, negated: boolean): string {
  const old = on(text, field, negated);
  if (!old.some((term) => has(term, value))) return text;
  const left = named(text, field, negated).filter((one) => !covers(one, value));
  return setValues(text, field, negated, left);
}

/** Lets the value in, beside those already chosen; if it is in, takes it out again. */
export function toggle(text: string, field: string, value: string): string {
  if (choiceOf(text, field, value) === 'included') return without(text, field, value, false);
  return include(text, field, value);
}

/** Lets the value in, beside those already chosen. */
export function include(text: string, field: string, value: string): string {
  const allowed = without(text, field, value, true);
  if (choiceOf(allowed, field, value) === 'included') return allowed;
  return setValues(allowed, field, false, [...named(allowed, field, false), value]);
}

/** Keeps the value out; if it is kept out, that ends. */
export function exclude(text: string, field: string, value: string): string {
  if (choiceOf(text, field, value) === 'excluded') return without(text, field, value, true);
  const free = without(text, field, value, false);
  return setValues(free, field, true, [...named(free, field, true), value]);
}

/** This value and no other of the field. */
export function only(text: string, field: string, value: string): string {
  return setValues(setValues(text, field, true, []), field, false, [value]);
}

/** Forgets every term of the field. */
export function clearField(text: string, field: string): string {
  return setValues(setValues(text, field, true, []), field, false, []);
}

/** Whether the query says anything about the field. */
export const speaksOf = (text: string, field: string): boolean =>
  tokens(text).some((token) => sameField(token.field, field));

/** The value of the query's time term; null where it has none. */
export function timeOf(text: string): string | null {
  return on(text, 'time', false)[0]?.values.join(',') ?? null;
}

/** Sets the time term, or takes it away. */
export function setTime(text: string, value: string | null): string {
  return setValues(text, 'time', false, value === null ? [] : [value]);
}

/** Leaves out the term that begins at `at`. */
export function dropAt(text: string, at: number): string {
  return tokens(text)
    .filter((token) => token.at !== at)
    .map((token) => token.raw)
    .join(' ');
}

/** The query without what it says about a field, as a field's own values are counted. */
export const withoutField = (text: string, field: string): string => swap(text, on(text, field, false), []);
