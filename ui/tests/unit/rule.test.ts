import { describe, expect, it, vi } from 'vitest';
import { gridValues, scaleOf, topOf } from '../../src/lib/chart/strip';
import type { EffectView, RuleFieldView } from '../../src/lib/ipc/client';
import { diagram } from '../../src/lib/rule/diagram';
import { diff } from '../../src/lib/rule/diff';
import { blank, type Doc, isShields, read, write } from '../../src/lib/rule/form';
import { flaws, problemsAt, sectionOf, stateOf, warningsAt } from '../../src/lib/rule/problems';
import { sentence, spoken } from '../../src/lib/rule/sentence';
import { edit, parse, print } from '../../src/lib/rule/text';
import { unsaid } from '../../src/lib/rule/unsaid';
import { rate, rounded, stepped } from '../../src/lib/rule/value';
import { changeWords, inZone, nextChange, offset } from '../../src/lib/rule/zones';
import { Calm } from '../../src/lib/state/calm';
import { Pump } from '../../src/lib/state/pump';

const field = (name: string, label: string, kind: string): [string, RuleFieldView] => [
  name,
  { name, label, help: '', kind, of: ['dlp.transaction'] },
];
const FIELDS = new Map([
  field('detected', 'Sensitive data found', 'bool'),
  field('icap_mode', 'ICAP mode', 'text'),
  field('username', 'User', 'text'),
  field('hostname', 'Host', 'hostname'),
  field('client_ip', 'Client address', 'ip'),
  field('apps', 'Applications', 'set'),
  field('status_code', 'Status code', 'number'),
]);
const FULL: Doc = {
  name: 'Exfiltration by one user',
  severity: 'high',
  conditions: [
    { type: 'detected', values: ['true'] },
    { type: 'icap_mode', values: ['REQMOD'] },
  ],
  groupBy: ['username'],
  window: { kind: 'rolling', thresholdTime: '5', thresholdType: 'minutes' },
  trigger: { kind: 'atLeast', value: 5 },
  suppressFor: '1h',
  channels: ['desktop', 'soc'],
};

describe('the form', () => {
  it('writes back what it did not change as it stood', () => {
    const doc: Doc = { ...FULL, window: { thresholdTime: '5m' }, tests: [], odd: { kept: true } };
    expect(write(read(doc), doc)).toBe(doc);
    const renamed = write({ ...read(doc), name: 'Other' }, doc);
    expect(renamed).toEqual({ ...doc, name: 'Other' });
    expect(Object.keys(renamed)).toEqual(Object.keys(doc));
  });
  it('puts a new key where people look for it', () => {
    const doc = write({ ...read(blank()), groupBy: ['username'], suppressFor: '1h', tags: ['a'] }, blank());
    expect(Object.keys(doc)).toEqual([
      'name',
      'severity',
      'mode',
      'conditions',
      'groupBy',
      'window',
      'suppressFor',
      'tags',
    ]);
  });
  it('takes away what says nothing any more', () => {
    const doc = write(
      { ...read(FULL), groupBy: [], suppressFor: '', window: { ...read(FULL).window, kind: 'none' } },
      FULL,
    );
    expect(doc).not.toHaveProperty('groupBy');
    expect(doc).not.toHaveProperty('suppressFor');
    expect(doc).not.toHaveProperty('window');
  });
  it("keeps Shield's form while it can say what is wanted, and turns it into ours when it cannot", () => {
    const shield: Doc = {
      name: 'x',
      enable: false,
      thresholdTime: '5',
      thresholdType: 'minutes',
      conditions: [{ type: 'bypassed', values: ['true'], isNot: false }],
      id: '1',
    };
    expect(isShields(shield)).toBe(true);
    expect(read(shield).window).toMatchObject({ kind: 'rolling', count: '5', unit: 'minutes' });
    expect(write({ ...read(shield), name: 'y' }, shield)).toEqual({ ...shield, name: 'y' });
    const grouped = write({ ...read(shield), groupBy: ['username'] }, shield);
    expect(grouped).toEqual({
      name: 'x',
      mode: 'shadow',
      window: { kind: 'rolling', thresholdTime: '5', thresholdType: 'minutes' },
      conditions: [{ type: 'bypassed', values: ['true'], isNot: false }],
      groupBy: ['username'],
    });
    expect(isShields(grouped)).toBe(false);
  });
});

describe('the text', () => {
  it.each(['no', 'y', 'null', '1e3', '0x1f', '2026-11-22', '- a', 'a: b', '# x', '~', '12:30'])(
    'keeps %s a text',
    (word) => {
      const doc: Doc = { name: word, conditions: [{ type: 'hostname', values: [word] }] };
      expect(parse(print(doc)).doc).toEqual(doc);
    },
  );
  it('knows the line of a problem, or of what is above it', () => {
    const parsed = parse('name: a\nconditions:\n  - type: hostname\n    values: [a,\n      b]\n');
    expect(parsed.lineOf('$.name')).toBe(1);
    expect(parsed.lineOf('$.conditions[0].values[1]')).toBe(5);
    expect(parsed.lineOf('$.conditions[0].op')).toBe(3);
    expect(parsed.lineOf('$.nothing')).toBe(0);
  });
  it('says where a text cannot be read', () => {
    const parsed = parse('name: a\n  b: [\n');
    expect(parsed.doc).toBeNull();
    expect(parsed.problems[0]?.line).toBeGreaterThan(0);
    expect(parse('just words').problems[0]?.message).toContain('no rule');
  });
  it('changes only what was changed, and keeps comments', () => {
    const text = '# why we have it\nname: a # for short\nconditions:\n  - {type: detected, values: ["true"]}\n';
    const before = parse(text).doc as Doc;
    const after = write({ ...read(before), severity: 'high' }, before);
    const edited = edit(text, before, after);
    expect(edited).toContain('# why we have it');
    expect(edited).toContain('name: a # for short');
    expect(parse(edited).doc).toEqual(after);
  });
});

describe('the sentence', () => {
  it('says the rule of the design', () => {
    expect(spoken(read(FULL), FIELDS)).toBe(
      'When at least 5 events where sensitive data found is true and ICAP mode is REQMOD by the same user ' +
        'within any 5 minutes, raise high and tell desktop, soc, then stay quiet 1 hour for that user.',
    );
  });
  it.each<[string, Doc, string]>([
    ['absence', { trigger: { kind: 'absent' } }, 'When no event where'],
    [
      'a sum',
      { measure: { kind: 'sum', field: 'status_code' }, trigger: { kind: 'atLeast', value: 9 } },
      'status code adds up to at least 9',
    ],
    [
      'a schedule',
      { window: { kind: 'schedule', thresholdTime: '0 8 * * *', thresholdType: 'CRON' } },
      'at each run of “0 8 * * *”',
    ],
    ['no window', { window: null }, 'at once'],
    [
      'a negated set',
      { conditions: [{ type: 'apps', values: ['a', 'b'], isNot: true }] },
      'applications has not a or b',
    ],
    ['a block', { conditions: [{ type: 'client_ip', values: ['10.0.0.0/8'] }] }, 'client address is in 10.0.0.0/8'],
    [
      'a negated yes',
      { conditions: [{ type: 'detected', values: ['true'], isNot: true }] },
      'sensitive data found is false',
    ],
    ['nothing yet', { conditions: [] }, 'where a field says something'],
  ])('says %s', (_, change, wanted) => {
    expect(spoken(read({ ...FULL, ...change }), FIELDS)).toContain(wanted);
  });
  it('has a control for every condition', () => {
    const controls = sentence(read(FULL), FIELDS).flatMap((piece) => piece.control ?? []);
    expect(controls.filter((control) => control.part === 'condition')).toHaveLength(2);
  });
});

describe('differences', () => {
  it('are said in words', () => {
    const form = read(FULL);
    const after = write(
      {
        ...form,
        conditions: [...form.conditions.slice(0, 1), { type: 'hostname', op: 'anyOf', values: ['a'], isNot: true }],
        trigger: { ...form.trigger, value: '8' },
      },
      FULL,
    );
    expect(diff(FULL, after, FIELDS)).toEqual([
      { what: 'ICAP mode', before: 'ICAP mode is REQMOD', after: null },
      { what: 'Host', before: null, after: 'host is not a' },
      { what: 'Trigger', before: 'at least 5 events', after: 'at least 8 events' },
    ]);
    expect(diff(FULL, FULL, FIELDS)).toEqual([]);
  });
});

describe('problems', () => {
  const problem = (path: string) => ({ path, reason: 'why', remedy: 'do' });
  const check = (...paths: string[]) => ({
    valid: false,
    name: null,
    shield: false,
    document: null,
    problems: paths.map(problem),
    warnings: [],
    advice: [],
    tests: [],
  });
  it('stand at their part and its section', () => {
    const checked = check('$.conditions[1].values', '$.conditions[10]', '$.name');
    const found = flaws(checked, [], [], () => true);
    expect(problemsAt(found, 'conditions[1]')).toEqual(['Why: do.']);
    expect(problemsAt(found, 'conditions[0]')).toEqual([]);
    expect(sectionOf('$.trigger.value')).toBe('window');
    expect(sectionOf('$.odd')).toBe('review');
    expect(stateOf(checked, found, 'conditions')).toBe('wrong');
    expect(stateOf(checked, found, 'noise')).toBe('done');
    expect(stateOf(null, [], 'noise')).toBe('open');
  });
  it('say of what is empty in words of the form, and only once it was left', () => {
    const empty = read(blank());
    const now = unsaid(empty);
    expect(now.map(({ part }) => part)).toEqual(['name', 'conditions']);
    const checked = check('$.name', '$.conditions', '$.window.zone');
    const fresh = flaws(checked, now, now, () => false);
    expect(fresh.map(({ path, open }) => [path, open])).toEqual([
      ['$.name', true],
      ['$.conditions', true],
      ['$.window.zone', false],
    ]);
    expect(problemsAt(fresh, 'name')).toEqual([]);
    expect(stateOf(checked, fresh, 'intent')).toBe('open');
    const left = flaws(checked, now, now, (part) => part === 'name');
    expect(problemsAt(left, 'name')).toEqual(['Give the rule a name.']);
    expect(stateOf(checked, left, 'intent')).toBe('wrong');
    // The product still speaks of the document before.
    const gone = unsaid({ ...empty, name: 'Named' });
    expect(flaws(checked, now, gone, () => true).map(({ path }) => path)).toEqual(['$.conditions', '$.window.zone']);
  });
  it('count conditions as people do, and tell warnings from mistakes', () => {
    const found = check('$.name');
    const warning = { path: '$.conditions[1]', reason: 'it repeats $.conditions[0]', remedy: 'keep one' };
    expect(warningsAt({ ...found, warnings: [warning] }, 'conditions[1]')).toEqual([
      'It repeats condition 1: keep one.',
    ]);
    expect(warningsAt({ ...found, warnings: [warning] }, 'conditions[0]')).toEqual([]);
    expect(warningsAt(null, 'name')).toEqual([]);
  });
  it('name every part that a rule needs', () => {
    const half = { type: 'hostname', op: 'anyOf' as const, values: [], isNot: false };
    const form = read(FULL);
    const parts = (change: Partial<typeof form>): string[] => unsaid({ ...form, ...change }).map(({ part }) => part);
    expect(parts({})).toEqual([]);
    expect(parts({ conditions: [...form.conditions, half, { ...half, type: '' }] })).toEqual([
      `conditions[${form.conditions.length}]`,
      `conditions[${form.conditions.length + 1}]`,
    ]);
    expect(parts({ trigger: { ...form.trigger, kind: 'atLeast', value: ' ' } })).toEqual(['trigger']);
    expect(parts({ trigger: { ...form.trigger, kind: 'rare', field: '' } })).toEqual(['trigger']);
    expect(parts({ measure: { ...form.measure, kind: 'sum', field: '' } })).toEqual(['measure']);
    expect(parts({ measure: { ...form.measure, kind: 'share', conditions: [] } })).toEqual(['measure']);
    expect(parts({ measure: { ...form.measure, kind: 'share', conditions: [half] } })).toEqual([
      'measure.conditions[0]',
    ]);
    expect(parts({ window: { ...form.window, kind: 'fixed', count: '' } })).toEqual(['window']);
    expect(parts({ window: { ...form.window, kind: 'schedule', cron: '' } })).toEqual(['window']);
  });
});

describe('values', () => {
  it('step and round by what they are', () => {
    expect(stepped(8, true, false, 'count')).toBe('9');
    expect(stepped(1, false, false, 'count')).toBe('1');
    expect(stepped(100, true, true, 'count')).toBe('110');
    expect(stepped(0.5, true, false, 'mean')).toBe('0.51');
    expect(rounded(12.345678, 'mean')).toBe('12.3');
    expect(rounded(0.2, 'count')).toBe('1');
  });
  it('say how often in words', () => {
    const week = 7 * 86_400_000;
    expect(rate(3, week)).toBe('three firings a week');
    expect(rate(0, week)).toBe('no firings');
    expect(rate(700, week)).toBe('100 firings a day');
    expect(rate(1, 13 * week)).toBe('less than one firing a month');
  });
});

describe('the strip', () => {
  const size = { width: 800, height: 148, left: 52, right: 76, top: 22, bottom: 20 };
  it.each([4, 20, 300, 12_000])('goes from value to place and back, up to %d', (top) => {
    const scale = scaleOf(top, size);
    for (const part of [0, 0.01, 0.3, 1]) expect(scale.value(scale.y(top * part))).toBeCloseTo(top * part, 6);
    expect(scale.y(0)).toBe(128);
    expect(scale.y(top)).toBe(22);
    expect(gridValues(top).every((value) => value > 0 && value <= top)).toBe(true);
  });
  it('has room for its peaks and the threshold', () => {
    const effect = { bars: [{ matched: 3, firings: 0, peak: 57 }] } as EffectView;
    expect(topOf(effect, 5)).toBe(60);
    expect(topOf(effect, 100)).toBe(150);
    expect(topOf(null, null)).toBe(2);
  });
});

describe('windows on real events', () => {
  it('show what a fixed window misses at its edge', () => {
    const minute = 60_000;
    const drawn = diagram([4 * minute, 4.5 * minute, 5.5 * minute, 6 * minute], 5 * minute);
    expect(drawn?.rolling.count).toBe(4);
    expect(drawn?.fixed.map((window) => window.count)).toEqual([2, 2, 0]);
    expect(diagram([], minute)).toBeNull();
  });
});

describe('time zones', () => {
  const at = Date.parse('2026-11-22T12:00:00Z');
  it('know when clocks change', () => {
    const change = nextChange(at, 'Europe/Berlin');
    expect(change).toEqual({ at: Date.parse('2027-03-28T01:00:00Z'), by: 3_600_000 });
    expect(nextChange(at, 'Australia/Lord_Howe')?.by).toBe(-1_800_000);
    expect(nextChange(at, 'UTC')).toBeNull();
    expect(offset(at, 'Asia/Kathmandu')).toBe(5.75 * 3_600_000);
  });
  it('say it', () => {
    const words = changeWords({ at: Date.parse('2027-03-28T01:00:00Z'), by: 3_600_000 }, 'Europe/Berlin', 'schedule');
    expect(words).toContain('go forward by an hour on 28 March 2027');
    expect(inZone(at, 'Europe/Berlin')).toContain('13:00');
  });
});

describe('what hints ask for', () => {
  it('is done at once, then at most once in a while', () => {
    vi.useFakeTimers();
    let [done, now] = [0, 0];
    const calm = new Calm(
      1_000,
      () => (done += 1),
      () => now,
    );
    calm.ask();
    for (let hint = 0; hint < 50; hint += 1) calm.ask();
    expect(done).toBe(1);
    now = 1_000;
    vi.advanceTimersByTime(1_000);
    expect(done).toBe(2);
    calm.ask();
    calm.stop();
    vi.advanceTimersByTime(5_000);
    expect(done).toBe(2);
    vi.useRealTimers();
  });
});

describe('a pump', () => {
  it('works on the latest, one at a time', async () => {
    const done: number[] = [];
    let open = (): void => undefined;
    const release = (): void => open();
    const pump = new Pump<number>(async (value) => {
      await new Promise<void>((resolve) => (open = resolve));
      done.push(value);
    });
    [1, 2, 3].forEach((value) => pump.push(value));
    release();
    await Promise.resolve();
    await Promise.resolve();
    release();
    await pump.idle();
    expect(done).toEqual([1, 3]);
  });
});
