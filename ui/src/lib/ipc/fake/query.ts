/** The query grammar over the fake's alerts: the same terms, fields and refusals as the engine's. */
import { covers, severitiesOf } from '../../query/edit';
import { type Field, fieldNamed, FIELDS, fits, SOURCE_KINDS, splitBound } from '../../query/fields';
import { type Token, tokens } from '../../query/grammar';
import { timeRange } from '../../query/times';
import { ClientError } from '../errors';
import type { FakeAlert } from './generate';

type Test = (alert: FakeAlert, now: number) => boolean;
/** Whether anyone has looked at an alert. */
export const isSeen = ({ row }: FakeAlert): boolean => row.seen;

const one = (text: string | null): string[] => (text === null ? [] : [text]);
const TEXTS: Record<string, (alert: FakeAlert) => string[]> = {
  id: ({ row }) => [row.id],
  externalId: ({ externalId }) => [externalId],
  source: ({ row }) => [row.source],
  kind: ({ row }) => [row.sourceKind],
  origin: ({ origin }) => [origin],
  severity: ({ row }) => [row.severity],
  status: ({ row }) => [row.status],
  reason: ({ row }) => one(row.closeReason),
  sourceStatus: (alert) => one(alert.sourceStatus),
  sourceSeverity: (alert) => one(alert.sourceSeverity),
  type: ({ row }) => one(row.alertType),
  category: ({ row }) => one(row.category),
  title: ({ row }) => [row.title],
  description: ({ description }) => one(description),
  ip: ({ entities }) => entities.clientIp,
  user: ({ entities }) => entities.username,
  key: ({ entities }) => entities.apiKeyId,
  endpoint: ({ entities }) => entities.endpoint,
  host: ({ entities }) => entities.hostname,
  tag: ({ tags }) => tags,
  tactic: ({ tactic }) => one(tactic),
  technique: ({ techniques }) => techniques,
  rule: ({ rule }) => one(rule),
  note: ({ notes }) => one(notes),
};

/** What an alert says for a field, by any of the field's names. */
export function textsOf(alert: FakeAlert, name: string): string[] {
  return TEXTS[fieldNamed(name)?.name ?? name]?.(alert) ?? [];
}

/** How many letters differ, for “did you mean”. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

const refuse = (message: string): ClientError => new ClientError('invalid', message, 'query');

function unknownField(name: string): ClientError {
  const names = FIELDS.flatMap((field) => [field.name, ...field.aliases]);
  const far = (known: string): number => distance(known.toLowerCase(), name.toLowerCase());
  const nearest = names.toSorted((a, b) => far(a) - far(b))[0] ?? 'title';
  return refuse(
    `there is no field “${name}”: did you mean “${nearest}”? To search for the text itself, put it in quotes`,
  );
}

const EXAMPLES: Record<Field['kind'], string> = {
  text: 'key:9f0c* or user:"ana ruiz"',
  severity: 'severity:high or severity:>=medium',
  status: 'status:new,acknowledged',
  kind: 'kind:secure-access',
  time: 'time:7d or time:2026-11-01..2026-11-03',
  number: 'occurrences:>=5',
  address: 'ip:10.0.0.0/8',
  flag: 'snoozed:true',
};

function unfit(field: Field, name: string, values: readonly string[]): ClientError {
  const value = values.find((text) => !fits(field.kind, [text])) ?? values.join(',');
  if (values.some((text) => text === '')) return refuse(`“${name}:” needs a value, such as ${EXAMPLES[field.kind]}`);
  if (field.kind === 'severity') {
    return refuse(`“${value}” is not a severity: use critical, high, medium, low, informational or unknown`);
  }
  if (field.kind === 'status') return refuse(`“${value}” is not a status: use new, acknowledged or closed`);
  if (field.kind === 'kind') return refuse(`“${value}” is not a kind of source: use ${SOURCE_KINDS.join(', ')}`);
  if (field.kind === 'flag') return refuse(`“${name}:” is true or false`);
  if (field.kind === 'number') return refuse(`“${name}:” takes a whole number, such as 5, >=5 or 5..9`);
  if (field.kind === 'address') {
    return refuse(`“${value}” is no address or network: use 203.0.113.9 or 10.0.0.0/8`);
  }
  return refuse(
    `“${value}” is no time for “${name}:”: use 7d, 2026-11-01, 2026-11-01..2026-11-03 or 2026-11-01T12:00:00Z`,
  );
}

/** Whether an IPv4 address lies in a network; any other is compared as text. */
function inNetwork(address: string, network: string): boolean {
  const [base = '', bits] = network.split('/');
  const parts = (text: string): number[] => text.split('.').map(Number);
  const [mine, wanted] = [parts(address), parts(base)];
  if (mine.length !== 4 || wanted.length !== 4) return address.toLowerCase() === base.toLowerCase();
  const size = 2 ** (32 - Number(bits ?? 32));
  const whole = (numbers: number[]): number => numbers.reduce((sum, part) => sum * 256 + part, 0);
  return Math.floor(whole(mine) / size) === Math.floor(whole(wanted) / size);
}

function inNumbers(count: number, value: string): boolean {
  const { bound, rest } = splitBound(value);
  const [low = 0, high = low] = rest.split('..').map(Number);
  if (bound === '>=') return count >= low;
  if (bound === '>') return count > low;
  if (bound === '<=') return count <= low;
  return bound === '<' ? count < low : count >= low && count <= high;
}

const TIMES: Record<string, (alert: FakeAlert) => number> = {
  time: ({ row }) => row.time,
  received: ({ row }) => row.receivedAt,
  updated: ({ row }) => row.updatedAt,
};

function testOf(field: Field, values: readonly string[]): Test {
  const first = values[0] ?? '';
  if (field.name === 'snoozed') {
    return ({ row }, now) => (row.snoozedUntil !== null && row.snoozedUntil > now) === (first === 'true');
  }
  if (field.name === 'seen') return (alert) => isSeen(alert) === (first === 'true');
  if (field.kind === 'number') return ({ row }) => inNumbers(row.occurrences, first);
  if (field.kind === 'time') {
    return (alert, now) => {
      const { from, to } = timeRange(first, now) ?? { from: null, to: null };
      const at = TIMES[field.name]?.(alert) ?? 0;
      return at >= (from ?? -Infinity) && at < (to ?? Infinity);
    };
  }
  if (field.kind === 'severity') {
    const wanted = severitiesOf(values);
    return ({ row }) => wanted.includes(row.severity);
  }
  const fit = field.kind === 'address' ? inNetwork : (text: string, value: string): boolean => covers(value, text);
  return (alert) => textsOf(alert, field.name).some((text) => values.some((value) => fit(text, value)));
}

function wordTest(word: string): Test {
  const lower = word.toLowerCase();
  return ({ row }) =>
    [row.title, row.alertType, row.category, row.entity, row.source].some((text) =>
      text?.toLowerCase().includes(lower),
    );
}

function termTest(token: Token): Test {
  if (token.open) throw refuse('a quote is not closed: add " at the end of the phrase');
  if (token.field === null) return wordTest(token.values.join(''));
  const field = fieldNamed(token.field);
  if (field === null) throw unknownField(token.field);
  if (!fits(field.kind, token.values)) throw unfit(field, token.field, token.values);
  return testOf(field, token.values);
}

/** Parses a query; throws `invalid` with a sentence where it cannot. */
export function parseQuery(query: string): Test {
  const tests = tokens(query).map((token) => {
    const test = termTest(token);
    return token.negated ? (alert: FakeAlert, now: number): boolean => !test(alert, now) : test;
  });
  return (alert, now) => tests.every((test) => test(alert, now));
}
