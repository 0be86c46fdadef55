/** The fields of a query: every name each goes by, how people call it, and what it may hold. */
import { CLOSE_REASONS, SEVERITIES, STATUSES } from '../text/words';
import { type Term, type Token, tokens } from './grammar';
import { timeRange } from './times';

/** How the values of a field are read. */
export type FieldKind = 'text' | 'severity' | 'status' | 'kind' | 'time' | 'number' | 'address' | 'flag';

export interface Field {
  /** What it is called in a query this program writes. */
  name: string;
  /** Other names the engine takes. */
  aliases: readonly string[];
  kind: FieldKind;
  /** What people call it. */
  label: string;
  /** What it is, in a few words, for the list of suggestions. */
  hint: string;
}

const field = (name: string, kind: FieldKind, label: string, hint: string, aliases: readonly string[] = []): Field => ({
  name,
  aliases,
  kind,
  label,
  hint,
});

/** The ones people use most come first: suggestions keep this order. */
export const FIELDS: readonly Field[] = [
  field('severity', 'severity', 'Severity', 'critical, high, >=medium'),
  field('status', 'status', 'Status', 'new, acknowledged, closed'),
  field('source', 'text', 'Source', 'the source by its name'),
  field('time', 'time', 'Time', '24h, 7d, 2026-11-01..2026-11-03'),
  field('user', 'text', 'User', 'a user name', ['username']),
  field('ip', 'address', 'Address', 'an address or a network', ['clientIp', 'client_ip']),
  field('key', 'text', 'API key', 'the id of an API key', ['apiKeyId', 'api_key_id']),
  field('endpoint', 'text', 'Endpoint', 'a method and path'),
  field('host', 'text', 'Host', 'the name of a host', ['hostname']),
  field('type', 'text', 'Type', 'the source’s type of alert', ['alertType']),
  field('category', 'text', 'Category', 'the category'),
  field('tactic', 'text', 'Tactic', 'the MITRE tactic'),
  field('technique', 'text', 'Technique', 'the MITRE technique, such as T1530', ['techniques']),
  field('title', 'text', 'Title', 'the title; * stands for anything'),
  field('description', 'text', 'Description', 'the description; * stands for anything'),
  field('tag', 'text', 'Tag', 'a label', ['tags']),
  field('note', 'text', 'Note', 'what people wrote; * stands for anything', ['notes']),
  field('reason', 'text', 'Close reason', 'why it was closed', ['closeReason']),
  field('snoozed', 'flag', 'Snoozed', 'true or false'),
  field('seen', 'flag', 'Seen', 'whether anyone has looked at it'),
  field('occurrences', 'number', 'Occurrences', 'how often it was seen: >=5, 2..9'),
  field('kind', 'kind', 'Kind of source', 'secure-access, defender, alertmanager', ['sourceKind']),
  field('rule', 'text', 'Rule', 'the rule that made it'),
  field('origin', 'text', 'Origin', 'vendor or rule'),
  field('received', 'time', 'Received', 'when it came in', ['receivedAt']),
  field('updated', 'time', 'Updated', 'when it last changed', ['updatedAt']),
  field('sourceSeverity', 'text', 'Source’s severity', 'the source’s own word'),
  field('sourceStatus', 'text', 'Source’s status', 'the source’s own word'),
  field('id', 'text', 'Id', 'the id here'),
  field('externalId', 'text', 'Source’s id', 'the id at the source', ['external']),
];

const BY_NAME = new Map(
  FIELDS.flatMap((one) => [one.name, ...one.aliases].map((name) => [name.toLowerCase(), one] as const)),
);

/** The field a name stands for, whatever the case. */
export const fieldNamed = (name: string): Field | null => BY_NAME.get(name.toLowerCase()) ?? null;

/** Whether two names mean the same field. */
export const sameField = (one: string | null, other: string): boolean =>
  one !== null && (fieldNamed(one) ?? one) === (fieldNamed(other) ?? other);

export const SOURCE_KINDS = [
  'secure-access',
  'global-threat-alerts',
  'defender',
  'axway',
  'shield',
  'alertmanager',
  'cloudevents',
  'api-traffic',
] as const;

/** The only values a field can have, where that is known. */
export function closedSet(kind: FieldKind): readonly string[] | null {
  if (kind === 'severity') return SEVERITIES;
  if (kind === 'status') return STATUSES;
  if (kind === 'kind') return SOURCE_KINDS;
  return kind === 'flag' ? ['true', 'false'] : null;
}

/** Values worth offering where the engine has none to count. */
export const REASON_VALUES: readonly string[] = [...CLOSE_REASONS, 'source-resolved', 'expired'];

const BOUND = /^(?:>=|<=|>|<)/u;
/** A comparison in front of a value, and the rest. */
export function splitBound(value: string): { bound: string; rest: string } {
  const bound = BOUND.exec(value)?.[0] ?? '';
  return { bound, rest: value.slice(bound.length) };
}

const NUMBERS = /^\+?\d+(?:\.\.\+?\d+)?$/u;
const V4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.|$)){4}$/u;
const V6 = /^[0-9a-f:.]+$/iu;

/** An address or a network, such as `203.0.113.9`, `10.0.0.0/8` or `2001:db8::/32`. */
function isNetwork(text: string): boolean {
  const [base = '', bits, ...more] = text.split('/');
  const four = V4.test(base) && !base.endsWith('.');
  if (more.length > 0 || !(four || (base.includes(':') && V6.test(base) && URL.canParse(`http://[${base}]`))))
    return false;
  return bits === undefined || (/^\d{1,3}$/u.test(bits) && Number(bits) <= (four ? 32 : 128));
}

const severityWord = (word: string): boolean => {
  const lower = word.trim().toLowerCase();
  return lower === 'info' || SEVERITIES.some((known) => known === lower);
};
const statusWord = (word: string): boolean => STATUSES.some((known) => known === word.trim().toLowerCase());

/** Whether the engine would take these values for this field, as far as can be told from here. */
export function fits(kind: FieldKind, values: readonly string[]): boolean {
  const [first = '', ...more] = values;
  if (values.some((value) => value === '')) return false;
  if (kind === 'severity') {
    const { rest } = more.length === 0 ? splitBound(first) : { rest: first };
    return [rest, ...more].every(severityWord);
  }
  if (kind === 'status') return values.every(statusWord);
  if (kind === 'address') return values.every(isNetwork);
  if (kind === 'kind')
    return values.every((value) => SOURCE_KINDS.some((known) => known === value.trim().toLowerCase()));
  if (kind === 'text') return true;
  if (more.length > 0) return false;
  if (kind === 'flag') return first === 'true' || first === 'false';
  if (kind === 'time') return timeRange(first, 0) !== null;
  return NUMBERS.test(splitBound(first).rest);
}

/** Whether the engine would take the term. */
export function isGood(token: Token): boolean {
  if (token.open) return false;
  if (token.field === null) return true;
  const known = fieldNamed(token.field);
  return known !== null && fits(known.kind, token.values);
}

/** The term at which reading a query fails, or null. */
export const firstBad = (text: string): Token | null => tokens(text).find((token) => !isGood(token)) ?? null;

/** A term in one form only, so that two that ask the same are equal. */
function canonical(term: Term): string {
  const { negated } = term;
  if (term.field === null) return JSON.stringify([negated, null, term.values.join('').toLowerCase()]);
  const known = fieldNamed(term.field);
  const values = [...new Set(term.values.map((value) => value.toLowerCase()))].sort();
  return JSON.stringify([negated, known?.name ?? term.field.toLowerCase(), ...values]);
}

/** Whether two queries ask the same, whatever the order and the spelling. */
export function sameQuery(one: string, other: string): boolean {
  const parts = (text: string): string => [...new Set(tokens(text).map(canonical))].sort().join('\n');
  return one === other || parts(one) === parts(other);
}
