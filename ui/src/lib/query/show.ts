/** Terms in the words of people: what a chip says. */
import { severityLabel, statusLabel } from '../text/words';
import { type Zone, zoneName } from '../chart/steps';
import { span as stretch } from '../chart/labels';
import { fieldNamed, splitBound } from './fields';
import type { Term } from './grammar';
import { DAY_MS, spanMs, timeRange } from './times';

const UNIT_WORDS: Record<string, [one: string, many: string]> = {
  s: ['second', 'seconds'],
  m: ['minute', 'minutes'],
  h: ['hour', 'hours'],
  d: ['day', 'days'],
};

/** `24h` as “last 24 hours”, `1h` as “last hour”. */
export function spanWords(value: string): string | null {
  if (spanMs(value) === null) return null;
  const amount = Number.parseInt(value, 10);
  const [one, many] = UNIT_WORDS[value.trim().slice(-1)] ?? ['', ''];
  return amount === 1 ? `last ${one}` : `last ${amount} ${many}`;
}

/** The value of a time term in words. Days stay days of UTC, as the engine takes them, and say so. */
export function timeWords(value: string, zone: Zone): string {
  const relative = spanWords(value);
  if (relative !== null) return relative;
  const range = timeRange(value, 0);
  if (range === null) return value;
  const { from, to } = range;
  // A range of whole days of UTC is shown in days, which is what was written.
  const shown: Zone = [from, to].every((ms) => ms === null || ms % DAY_MS === 0) ? 'utc' : zone;
  const note = shown === 'utc' && zoneName(from ?? to ?? 0, zone) !== 'UTC' ? ' UTC' : '';
  if (from === null && to === null) return 'any time';
  if (from === null) return `before ${stretch(to ?? 0, null, shown)}${note}`;
  if (to === null) return `since ${stretch(from, null, shown)}${note}`;
  return stretch(from, to, shown) + note;
}

const BOUNDS: Record<string, string> = { '>=': 'at least ', '<=': 'at most ', '>': 'above ', '<': 'below ' };
const FLAGS: Record<string, string> = { true: 'yes', false: 'no' };

/** A value as the rest of the window calls it. */
export function valueWords(field: string, value: string): string {
  const kind = fieldNamed(field)?.kind;
  if (kind === 'flag') return FLAGS[value] ?? value;
  if (kind === 'status') return statusLabel(value.trim().toLowerCase());
  if (kind !== 'severity' && kind !== 'number') return value;
  const { bound, rest } = splitBound(value);
  const word = kind === 'severity' ? severityLabel(rest.trim().toLowerCase()) : rest;
  return (BOUNDS[bound] ?? '') + word;
}

/** A term with a field as a chip shows it. */
export function chipWords(term: Term, zone: Zone): { field: string; values: string[] } {
  const name = term.field ?? '';
  const known = fieldNamed(name);
  const label = known?.label ?? name;
  if (known?.kind === 'time') return { field: label, values: term.values.map((value) => timeWords(value, zone)) };
  return { field: label, values: term.values.map((value) => valueWords(name, value)) };
}
