import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Random } from '../../src/lib/ipc/fake/random';
import {
  choiceOf,
  clearField,
  covers,
  dropAt,
  exclude,
  include,
  named,
  only,
  setTime,
  timeOf,
  toggle,
} from '../../src/lib/query/edit';
import { fieldNamed, firstBad, isGood, sameQuery } from '../../src/lib/query/fields';
import { print, printAll, type Term, tidy, tokens } from '../../src/lib/query/grammar';
import { printRange, timeRange } from '../../src/lib/query/times';

const meaning = (text: string): Term[] =>
  tokens(text).map(({ negated, field, values }) => ({
    negated,
    field,
    values: field === null ? [values.join('')] : values,
  }));

describe('reading a query', () => {
  it.each<[string, Term[]]>([
    ['storm', [{ negated: false, field: null, values: ['storm'] }]],
    ['"token storm"', [{ negated: false, field: null, values: ['token storm'] }]],
    ['"severity:high"', [{ negated: false, field: null, values: ['severity:high'] }]],
    ['-severity:high,low', [{ negated: true, field: 'severity', values: ['high', 'low'] }]],
    ['user:"ana ruiz",b', [{ negated: false, field: 'user', values: ['ana ruiz', 'b'] }]],
    ['ip:2001:db8::1', [{ negated: false, field: 'ip', values: ['2001:db8::1'] }]],
    ['title:"say \\"hi\\" \\\\ x"', [{ negated: false, field: 'title', values: ['say "hi" \\ x'] }]],
    ['a,b', [{ negated: false, field: null, values: ['a,b'] }]],
    [':x', [{ negated: false, field: null, values: [':x'] }]],
    ['title:', [{ negated: false, field: 'title', values: [''] }]],
    [
      '- x',
      [
        { negated: false, field: null, values: ['-'] },
        { negated: false, field: null, values: ['x'] },
      ],
    ],
    ['--x', [{ negated: true, field: null, values: ['-x'] }]],
    ['""', [{ negated: false, field: null, values: [''] }]],
    ['a\u00a0b\u2003c\u0085d', ['a', 'b', 'c', 'd'].map((word) => ({ negated: false, field: null, values: [word] }))],
    ['a\ufeffb', [{ negated: false, field: null, values: ['a\ufeffb'] }]],
  ])('%s', (text, wanted) => expect(meaning(text)).toEqual(wanted));

  it('knows where each term stands and how it was typed', () => {
    expect(tokens('  ok -"b c"  x:').map(({ at, end, raw }) => [at, end, raw])).toEqual([
      [2, 4, 'ok'],
      [5, 11, '-"b c"'],
      [13, 15, 'x:'],
    ]);
  });

  it('keeps a quote that is never closed as it was typed', () => {
    const [first, open] = tokens('a user:"ana ruiz');
    expect(first?.open).toBe(false);
    expect(open).toMatchObject({ open: true, raw: 'user:"ana ruiz', values: ['ana ruiz'], end: 16 });
    expect(tidy('a   user:"ana ruiz')).toBe('a user:"ana ruiz');
  });
});

/** Any text there is: pieces that mean something to the grammar, and some that do not. */
const PIECES = [
  ...['-', '"', '\\', ':', ',', ' ', '\t', '\u00a0', '*', '..', '>=', '<', '/', '(', '😀', 'é', '\u202e', '\ufeff'],
  ...['severity', 'high', 'user', 'ana ruiz', 'time', '7d', 'ip', '10.0.0.0/8', 'x', 'nofield', '\\"', '""', '-"'],
];
function randomText(random: Random): string {
  return Array.from({ length: random.below(14) }, () => random.pick(PIECES)).join('');
}

describe('writing a query', () => {
  it('means the same after reading and writing, for 5,000 random texts', () => {
    const random = new Random(7);
    let closed = 0;
    for (let turn = 0; turn < 5_000; turn += 1) {
      const text = randomText(random);
      if (tokens(text).some((token) => token.open)) continue;
      closed += 1;
      const printed = printAll(tokens(text));
      expect(meaning(printed), JSON.stringify(text)).toEqual(meaning(text));
      expect(printAll(tokens(printed))).toBe(printed);
      expect(meaning(tidy(text))).toEqual(meaning(text));
    }
    expect(closed).toBeGreaterThan(1_200);
  });

  it('writes any term so that it reads back, for 5,000 random terms', () => {
    const random = new Random(11);
    for (let turn = 0; turn < 5_000; turn += 1) {
      const field = random.below(3) === 0 ? null : randomText(random);
      const count = field === null ? 1 : 1 + random.below(3);
      const values = Array.from({ length: count }, () => randomText(random));
      if (field === '') continue;
      const term: Term = { negated: random.below(2) === 0, field, values };
      expect(meaning(print(term)), JSON.stringify(term)).toEqual([term]);
    }
  });
});

describe('what the engine would refuse', () => {
  it.each([
    'storm',
    'severity:high,LOW',
    'severity:>=high',
    'time:7d',
    'time:2026-11-01..',
    'time:<2026-11-01',
    'KEY:9f*',
  ])('takes %s', (text) => expect(firstBad(text)).toBeNull());
  it.each([
    'sevrity:high',
    'severity:hgih',
    'severity:',
    'severity:high,',
    'severity:>=high,low',
    '"open',
    'time:yesterday',
    'time:2026-02-30',
    'time:7d,8d',
    'time:367d',
    'ip:nowhere',
    'occurrences:many',
    'snoozed:maybe',
    'status:gone',
  ])('names %s', (text) => expect(firstBad(`ok ${text} fine`)?.at).toBe(3));
  it('agrees with the engine, whose own test reads the same queries', () => {
    const file = join(import.meta.dirname, '../../../crates/model/tests/queries.json');
    const all = JSON.parse(readFileSync(file, 'utf8')) as { text: string; bad: number | null }[];
    for (const { text, bad } of all) {
      const at = firstBad(text)?.at;
      expect(at === undefined ? null : Array.from(text.slice(0, at)).length, JSON.stringify(text)).toBe(bad);
    }
  });
  it('knows a field by each of its names, whatever the case', () => {
    expect(fieldNamed('ALERTTYPE')?.name).toBe('type');
    expect(isGood(tokens('Client_IP:10.0.0.0/8')[0] ?? expect.fail())).toBe(true);
  });
});

describe('two queries are the same', () => {
  it.each([
    ['severity:high,low -x', '-X  severity:low,"high"', true],
    ['type:a', 'alertType:a', true],
    ['a b', 'a', false],
    ['-a', 'a', false],
    ['a a', 'a', true],
  ])('%s and %s: %s', (one, other, same) => expect(sameQuery(one, other)).toBe(same));
});

describe('changing a query', () => {
  it('adds values to the term that is there, and takes them out', () => {
    expect(toggle('storm', 'severity', 'high')).toBe('storm severity:high');
    expect(toggle('severity:high storm', 'severity', 'low')).toBe('severity:high,low storm');
    expect(toggle('severity:high,low storm', 'severity', 'high')).toBe('severity:low storm');
    expect(toggle('severity:low storm', 'severity', 'low')).toBe('storm');
  });
  it('writes a comparison out when one of its values goes', () => {
    expect(choiceOf('severity:>=high', 'severity', 'critical')).toBe('included');
    expect(toggle('severity:>=high', 'severity', 'critical')).toBe('severity:high');
    expect(named('severity:<medium', 'severity', false)).toEqual(['low', 'informational']);
    expect(named('severity:>=unknown', 'severity', false)).toEqual(['critical', 'high', 'unknown']);
  });
  it('lets in what was kept out, and keeps out what was let in', () => {
    expect(include('-status:closed x', 'status', 'closed')).toBe('x status:closed');
    expect(exclude('status:closed,new x', 'status', 'closed')).toBe('status:new x -status:closed');
    expect(exclude('-status:closed,new', 'status', 'closed')).toBe('-status:new');
    expect(choiceOf('-status:closed', 'status', 'closed')).toBe('excluded');
    expect(choiceOf('status:new status:closed', 'status', 'new')).toBe('free');
  });
  it('leaves every other term as it was typed, broken ones too', () => {
    expect(only('"a  b"   TYPE:x,y sevrity:', 'alertType', 'a b')).toBe('"a  b" TYPE:"a b" sevrity:');
    expect(clearField('-type:a x type:b', 'type')).toBe('x');
    expect(include('x "open', 'status', 'new')).toBe('x "open status:new');
  });
  it('goes by patterns as the engine does', () => {
    expect(choiceOf('source:c*', 'source', 'CSA')).toBe('included');
    expect(covers('a*a', 'a')).toBe(false);
    expect(covers('aa*aa', 'aaa')).toBe(false);
    expect(covers('*b*', 'abc')).toBe(true);
    expect(covers('429*(strict)', '429 watch (STRICT)')).toBe(true);
  });
  it('has one time term', () => {
    expect(setTime('x time:7d received:1d', '1h')).toBe('x time:1h received:1d');
    expect(setTime('time:7d x time:<2026-01-01', null)).toBe('x');
    expect(timeOf('received:1d TIME:2026-01-01..')).toBe('2026-01-01..');
  });
  it('drops the term at a place', () => expect(dropAt('a b a', 4)).toBe('a b'));
});

describe('times', () => {
  const day = (text: string): number => Date.parse(`${text}T00:00:00Z`);
  it('are relative, days, instants and ranges', () => {
    expect(timeRange('90s', 100_000)).toEqual({ from: 10_000, to: null });
    expect(timeRange('2026-11-01..2026-11-03', 0)).toEqual({ from: day('2026-11-01'), to: day('2026-11-04') });
    expect(timeRange('<=2026-11-01', 0)).toEqual({ from: null, to: day('2026-11-02') });
    expect(timeRange('2026-11-01T12:00:00+01:00', 0)?.from).toBe(day('2026-11-01') + 11 * 3_600_000);
    expect(timeRange('..', 0)).toEqual({ from: null, to: null });
    expect(timeRange('2026-13-01', 0)).toBeNull();
  });
  it('are written so that they read back, for 5,000 random ranges', () => {
    const random = new Random(3);
    const any = (): number =>
      day('2024-01-01') + random.below(86_400) * 60_000 * (1 + random.below(9)) + random.below(3);
    for (let turn = 0; turn < 5_000; turn += 1) {
      const from = random.below(5) === 0 ? null : any();
      const to = random.below(5) === 0 ? null : (from ?? any()) + 1 + random.below(10 ** 9);
      if (from === null && to === null) continue;
      expect(timeRange(printRange({ from, to }), 0)).toEqual({ from, to });
    }
    expect(printRange({ from: day('2026-11-01'), to: day('2026-11-02') })).toBe('2026-11-01');
    expect(printRange({ from: day('2026-11-01'), to: day('2026-11-03') })).toBe('2026-11-01..2026-11-02');
  });
});
