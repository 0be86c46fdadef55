// The fake engine's rules: its numbers are right, move with the threshold and stay the same from run to run.
import { describe, expect, it } from 'vitest';
import type { PreviewSpec } from '../../src/lib/ipc/client';
import { FakeClient } from '../../src/lib/ipc/fake';
import { check } from '../../src/lib/ipc/fake/rules/check';
import { nextRuns, readCron } from '../../src/lib/ipc/fake/rules/clock';
import { notificationsOf, run } from '../../src/lib/ipc/fake/rules/evaluate';
import type { FakeEvent, Value } from '../../src/lib/ipc/fake/rules/events';
import { fits } from '../../src/lib/ipc/fake/rules/match';
import { type Doc, read } from '../../src/lib/rule/form';

const NOW = Date.UTC(2026, 10, 22, 12);
const MINUTE = 60_000;
const DAY = 86_400_000;

const at = (minutes: number, fields: Record<string, Value>, kind: FakeEvent['kind'] = 'api.request'): FakeEvent => ({
  id: `e${minutes}`,
  time: NOW + minutes * MINUTE,
  kind,
  source: 'gateway',
  fields,
});
const rule = (more: Doc = {}): Doc => ({
  name: 'Failures',
  conditions: [{ type: 'status_code', values: ['401'] }],
  groupBy: ['username'],
  window: { kind: 'rolling', thresholdTime: '5', thresholdType: 'minutes' },
  trigger: { kind: 'atLeast', value: 3 },
  ...more,
});
const fired = (
  doc: Doc,
  events: FakeEvent[],
): [minutes: number, group: string, value: number | null, times: number][] =>
  run(read(doc), events).firings.map((one) => [(one.at - NOW) / MINUTE, one.group, one.value, one.occurrences]);
const failing = (minutes: number, username: string, status = 401): FakeEvent =>
  at(minutes, { username, status_code: status });

describe('the evaluator', () => {
  it('fires when a group’s window reaches the threshold, and is quiet for its length', () => {
    const events = [0, 1, 2, 3, 4, 20, 21, 22].map((minutes) => failing(minutes, 'ana'));
    expect(
      fired(rule(), [...events.slice(0, 2), failing(1.5, 'bo'), failing(1.6, 'ana', 200), ...events.slice(2)]),
    ).toEqual([
      [2, 'username=ana', 3, 3],
      [22, 'username=ana', 3, 1],
    ]);
  });

  it('opens a window behind its start', () => {
    expect(fired(rule(), [failing(0, 'ana'), failing(1, 'ana'), failing(5, 'ana')])).toEqual([]);
  });

  it('counts different values, and adds up numbers', () => {
    const events = ['a', 'b', 'a', 'c'].map((key, minute) =>
      at(minute, { username: 'ana', status_code: 401, api_key_id: key, response_bytes: 100 }),
    );
    expect(fired(rule({ measure: { kind: 'distinct', field: 'api_key_id' } }), events)).toEqual([
      [3, 'username=ana', 3, 1],
    ]);
    const sum = { measure: { kind: 'sum', field: 'response_bytes' }, trigger: { kind: 'atLeast', value: 200 } };
    expect(fired(rule(sum), events)).toEqual([[1, 'username=ana', 200, 3]]);
  });

  it('fires once in a window of the clock, however it is suppressed', () => {
    const fixed = { window: { kind: 'fixed', thresholdTime: '1', thresholdType: 'hours' }, suppressFor: '0s' };
    const events = [1, 2, 3, 4, 61, 62].map((minutes) => failing(minutes, 'ana'));
    expect(fired(rule(fixed), events)).toEqual([[3, 'username=ana', 3, 1]]);
  });

  it('leaves events of another kind alone, negated or not', () => {
    const negated = rule({
      conditions: [{ type: 'status_code', values: ['200'], isNot: true }],
      trigger: { kind: 'atLeast', value: 1 },
    });
    expect(fired(negated, [at(0, { username: 'ana' }, 'dlp.transaction'), failing(1, 'ana')])).toHaveLength(1);
  });

  it('notices that nothing comes', () => {
    const absent = rule({ trigger: { kind: 'absent' }, groupBy: [] });
    expect(fired(absent, [failing(0, 'ana'), failing(2, 'ana'), failing(9, 'ana')])).toEqual([[7, '', 0, 1]]);
  });

  it('matches patterns whole', () => {
    expect(fits('*.corp.example', 'a.b.corp.example')).toBe(true);
    expect(fits('*.corp.example', 'corp.example')).toBe(false);
    expect(fits('gw-?', 'gw-1')).toBe(true);
    expect(fits('a\\*b', 'a*b')).toBe(true);
    expect(fits('a\\*b', 'axb')).toBe(false);
  });

  it('tells once a day', () => {
    const times = [0, 1, 26, 26].map((hours, one) => ({ at: hours * 3_600_000, group: one === 3 ? 'b' : 'a' }));
    expect(notificationsOf(times)).toBe(3);
  });
});

describe('the clock', () => {
  it('reads schedules, and refuses what is none', () => {
    expect(['* * * *', '60 * * * *', '*/0 * * * *', 'a * * * *', '5-1 * * * *'].map(readCron)).toEqual(
      Array(5).fill(null),
    );
    expect(readCron('*/15 8-17 * * 1-5')?.(new Date(Date.UTC(2026, 10, 23, 8, 45)))).toBe(true);
    expect(readCron('*/15 8-17 * * 1-5')?.(new Date(Date.UTC(2026, 10, 22, 8, 45)))).toBe(false);
  });

  it('runs by the clock of the zone, also when that is turned', () => {
    const window = read(
      rule({ window: { thresholdTime: '0 8 * * *', thresholdType: 'CRON', zone: 'Europe/Berlin' } }),
    ).window;
    const october = Date.UTC(2026, 9, 24, 12);
    expect(nextRuns(window, october).map((run) => new Date(run).getUTCHours())).toEqual([7, 7, 7, 7, 7]);
    expect(nextRuns(window, october - DAY).map((run) => new Date(run).getUTCHours())).toEqual([6, 7, 7, 7, 7]);
  });

  it('ends fixed windows at the midnight of the zone', () => {
    const window = read(rule({ window: { kind: 'fixed', thresholdTime: '7', thresholdType: 'hours' } })).window;
    expect(nextRuns(window, NOW).map((run) => new Date(run).getUTCHours())).toEqual([14, 21, 0, 7, 14]);
  });
});

describe('checking', () => {
  const paths = (doc: Doc): string[] => check(JSON.stringify(doc)).problems.map(({ path }) => path);

  it('tells every problem with its place', () => {
    expect(paths({ name: '', conditions: [] })).toEqual(['$.name', '$.conditions']);
    expect(paths(rule({ conditions: [{ type: 'status_code', values: [] }] }))).toEqual(['$.conditions[0].values']);
    expect(paths(rule({ conditions: [{ type: 'stats', values: ['1'] }] }))).toEqual(['$.conditions[0].type']);
    expect(paths(rule({ trigger: { kind: 'atLeast', value: 0 } }))).toEqual(['$.trigger.value']);
    expect(paths(rule({ windw: {} }))).toEqual(['$.windw']);
    expect(paths(rule())).toEqual([]);
  });

  it('runs the tests that are kept with a rule', () => {
    const events = [0, 1, 2].map((minute) => ({
      time: new Date(NOW + minute * MINUTE).toISOString(),
      kind: 'api.request',
      fields: { username: 'ana', status_code: 401 },
    }));
    const tests = [
      { name: 'three fire', fires: true, events },
      { name: 'two fire', fires: true, events: events.slice(1) },
    ];
    expect(check(JSON.stringify(rule({ tests }))).tests.map(({ passed, firings }) => [passed, firings])).toEqual([
      [true, 1],
      [false, 0],
    ]);
  });
});

describe('the engine', () => {
  const make = (more = {}): FakeClient => new FakeClient({ alerts: 20, now: () => NOW, ...more });
  const spec = (document: string, known: string | null = null): PreviewSpec => ({
    document,
    rule: known,
    from: NOW - 60 * DAY,
    to: NOW,
    buckets: 60,
  });
  const BUSY = 'Exfiltration by one user';

  it('moves its numbers with the threshold, and agrees with its own curve', async () => {
    const client = make();
    const { row } = await client.getRule(BUSY);
    const at = async (value: number) => {
      const doc = { ...(JSON.parse(row.document) as Doc), trigger: { kind: 'atLeast', value } };
      return (await client.previewRule(spec(JSON.stringify(doc), BUSY))).effect;
    };
    const [low, same, high] = [await at(2), await at(4), await at(9)];
    expect(same?.firings).toBe(same?.before?.[0]);
    expect(low?.firings).toBeGreaterThanOrEqual(same?.firings ?? 0);
    expect(high?.firings).toBeLessThan(same?.firings ?? 0);
    expect([same?.trueLost, (high?.trueLost ?? 0) > 0]).toEqual([0, true]);
    expect(same?.curve?.find(({ threshold }) => threshold === 9)?.firings).toBe(high?.firings);
    expect(same?.bars.reduce((sum, bar) => sum + bar.firings, 0)).toBe(same?.firings);
    expect(same?.marks).toHaveLength(same?.firings ?? -1);
    expect(same?.notifications).toBeLessThanOrEqual(same?.firings ?? 0);
  });

  it('is the same every time', async () => {
    expect(await make().listRules()).toEqual(await make().listRules());
  });

  it('begins with one rule of each sort', async () => {
    const rows = await make().listRules();
    const busy = rows.filter(({ firingsWeek }) => firingsWeek > 168).map(({ name }) => name);
    const silent = rows.filter((row) => row.lastFiredAt !== null && row.lastFiredAt < NOW - 40 * DAY);
    expect([rows.length, busy.length, silent.length]).toEqual([8, 1, 1]);
    expect(rows.filter(({ error }) => error !== null)).toHaveLength(1);
    expect(rows.filter(({ candidate }) => candidate !== null)).toHaveLength(1);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['live', 'shadow', 'off']));
    expect(await make({ rules: 0 }).listRules()).toEqual([]);
    expect(await make({ rules: 500 }).listRules()).toHaveLength(500);
  });

  it('keeps a live version live until the new one is promoted', async () => {
    const client = make();
    const { row } = await client.getRule(BUSY);
    const document = JSON.stringify({ ...(JSON.parse(row.document) as Doc), severity: 'low' });
    expect((await client.saveRule({ document: row.document, rule: BUSY })).added).toBe('unchanged');
    const saved = await client.saveRule({ document, rule: BUSY });
    expect([saved.added, saved.row.severity, saved.row.candidate]).toEqual(['candidate', 'high', 3]);
    const live = await client.setRuleState(BUSY, 'live');
    expect([live.severity, live.version, live.candidate]).toEqual(['low', 3, null]);
  });

  it('refuses a name that is taken, and takes removal back', async () => {
    const client = make();
    const doc = JSON.stringify(rule({ name: BUSY.toUpperCase() }));
    await expect(client.saveRule({ document: doc, rule: null })).rejects.toMatchObject({
      field: 'name',
      code: 'conflict',
    });
    await client.removeRule(BUSY);
    await expect(client.getRule(BUSY)).rejects.toMatchObject({ code: 'not-found' });
    expect((await client.unremoveRule(BUSY)).firingsWeek).toBeGreaterThan(0);
  });

  it('says why an alert came, and what would have kept it away', async () => {
    const client = make({ fired: 12 });
    const { rows } = await client.listAlerts({ query: 'origin:rule', sort: 'time', after: null, skip: 0, limit: 50 });
    const alert = rows.find(({ title }) => title === BUSY);
    const [why] = await client.whyAlert(alert?.id ?? '');
    expect(why).toMatchObject({ rule: BUSY, version: 2, threshold: 4 });
    expect(why?.events).toHaveLength(why?.value ?? -1);
    for (const edit of await client.whatIf(BUSY, alert?.id ?? '')) {
      expect(edit.firings).toBeLessThan(edit.firingsBefore);
      expect(check(edit.document).valid).toBe(true);
    }
  });

  it('explains an event that fires, and one that does not', async () => {
    const client = make();
    const { row, firings } = await client.getRule(BUSY);
    const fires = await client.explainRule(row.document, firings[0]?.event ?? '');
    expect([fires.conditions.every(({ holds }) => holds), fires.groups.length]).toEqual([true, 1]);
    const strict = { ...(JSON.parse(row.document) as Doc), trigger: { kind: 'atLeast', value: 99 } };
    const not = await client.explainRule(JSON.stringify(strict), firings[0]?.event ?? '');
    expect([not.fires, not.failed]).toEqual([false, 'window']);
    expect(not.nearest).toContain('threshold');
  });
});
