/** The part of the query grammar that the fake understands: words, phrases, `field:a,b` and `-field:value`. */
import { ClientError } from '../errors';
import type { FakeAlert } from './generate';

type Test = (alert: FakeAlert, now: number) => boolean;

const texts: Record<string, (alert: FakeAlert) => (string | null)[]> = {
  source: ({ row }) => [row.source],
  kind: ({ row }) => [row.sourceKind],
  severity: ({ row }) => [row.severity],
  status: ({ row }) => [row.status],
  reason: ({ row }) => [row.closeReason],
  type: ({ row }) => [row.alertType],
  category: ({ row }) => [row.category],
  title: ({ row }) => [row.title],
  ip: ({ entities }) => entities.clientIp,
  user: ({ entities }) => entities.username,
  key: ({ entities }) => entities.apiKeyId,
  endpoint: ({ entities }) => entities.endpoint,
  host: ({ entities }) => entities.hostname,
  tag: ({ tags }) => tags,
  tactic: ({ tactic }) => [tactic],
};
/** What an alert has in a field; nothing for an unknown one. */
export const valuesOf = (alert: FakeAlert, field: string): string[] =>
  (texts[field]?.(alert) ?? []).filter((value) => value !== null);

const WHOLE = new Set(['severity', 'status', 'source', 'kind', 'reason', 'ip']);
const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

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

function unknownField(name: string): ClientError {
  const fields = [...Object.keys(texts), 'time', 'snoozed'];
  const nearest = fields.toSorted((a, b) => distance(a, name) - distance(b, name))[0] ?? 'title';
  return new ClientError('invalid', `There is no field “${name}”. Did you mean “${nearest}”?`, 'query');
}

function fieldTest(name: string, value: string): Test {
  if (value === '') throw new ClientError('invalid', `Write a value after “${name}:”.`, 'query');
  if (name === 'snoozed') {
    return ({ row }, now) => (row.snoozedUntil !== null && row.snoozedUntil > now) === (value === 'true');
  }
  if (name === 'time') {
    const unit = UNITS[value.slice(-1)];
    const amount = Number(value.slice(0, -1));
    if (unit === undefined || !Number.isFinite(amount)) {
      throw new ClientError('invalid', `“${value}” is not a time: write one such as 30m, 12h or 7d.`, 'query');
    }
    return ({ row }, now) => row.time >= now - amount * unit;
  }
  const read = texts[name];
  if (read === undefined) throw unknownField(name);
  const wanted = value.toLowerCase().split(',');
  return (alert) =>
    read(alert).some((text) => {
      const lower = text?.toLowerCase();
      if (lower === undefined) return false;
      return wanted.some((word) => (WHOLE.has(name) ? lower === word : lower.includes(word)));
    });
}

function wordTest(word: string): Test {
  const lower = word.toLowerCase();
  return ({ row }) =>
    [row.title, row.alertType, row.category, row.entity, row.source].some((text) =>
      text?.toLowerCase().includes(lower),
    );
}

const TERM = /(-?)(?:([a-zA-Z_]+):)?(?:"([^"]*)"|(\S+))?/y;

/** Parses a query; throws `invalid` with a sentence where it cannot. */
export function parseQuery(query: string): Test {
  const tests: Test[] = [];
  let at = 0;
  while (at < query.length) {
    if (query[at] === ' ') {
      at += 1;
      continue;
    }
    TERM.lastIndex = at;
    const found = TERM.exec(query);
    if (found === null || found[0] === '') throw new ClientError('invalid', 'This search cannot be read.', 'query');
    const [all, not, field, phrase, bare] = found;
    if (bare?.startsWith('"')) throw new ClientError('invalid', 'A quotation mark is missing its partner.', 'query');
    const test = field ? fieldTest(field, phrase ?? bare ?? '') : wordTest(phrase ?? bare ?? '');
    tests.push(not ? (alert, now) => !test(alert, now) : test);
    at += all.length;
  }
  return (alert, now) => tests.every((test) => test(alert, now));
}
