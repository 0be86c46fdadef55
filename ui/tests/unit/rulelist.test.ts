// The list of rules, the import, the catalogue, why an alert came, and a rule made of an alert.
import { describe, expect, it } from 'vitest';
import type { RuleRow } from '../../src/lib/ipc/client';
import { ClientError } from '../../src/lib/ipc/errors';
import { FakeClient } from '../../src/lib/ipc/fake';
import { RULE_FIELDS } from '../../src/lib/ipc/fake/rules/fields';
import { arrange, countsOf, type SortKey } from '../../src/lib/rules/arrange';
import { copyOf, draftName, entryOf, freeName, inShadow, precisionWords } from '../../src/lib/rules/entry';
import { literal, ruleFrom } from '../../src/lib/rules/fromalert';
import { inSight } from '../../src/lib/rules/insight';
import { split } from '../../src/lib/rules/split';
import { durationOf, groupWords, reachedWords, scaleOf } from '../../src/lib/rules/why';
import { App } from '../../src/lib/state/app.svelte';
import { RuleImport } from '../../src/lib/state/ruleimport.svelte';

const NOW = Date.UTC(2026, 10, 22, 12);
const DAY = 86_400_000;
const FIELDS = new Map(RULE_FIELDS.map((field) => [field.name, field]));
const BUSY = 'Exfiltration by one user';
const SIGN_IN = 'Sign-in failures in a row';

const row = (more: Partial<RuleRow> = {}): RuleRow => ({
  name: 'A rule',
  description: '',
  severity: 'high',
  tags: [],
  state: 'live',
  version: 1,
  candidate: null,
  document: '{"name":"A rule","conditions":[{"type":"detected","values":["true"]}]}',
  spark: [],
  firingsWeek: 0,
  notificationsWeek: 0,
  truePositives: 0,
  falsePositives: 0,
  benign: 0,
  lastFiredAt: NOW - DAY,
  error: null,
  errorAt: null,
  forgotten: 0,
  late: 0,
  advice: [],
  createdAt: NOW - 90 * DAY,
  updatedAt: NOW - 90 * DAY,
  ...more,
});
const entry = (more: Partial<RuleRow> = {}, drafts: { key: string; text: string; updatedAt: number }[] = []) =>
  entryOf(row(more), FIELDS, drafts, NOW);
const marks = (more: Partial<RuleRow>): string[] => entry(more).marks.map(({ kind }) => kind);

describe('a row', () => {
  it('says the rule in words and how often it was right', () => {
    expect(entry().sentence).toContain('where sensitive data found is true');
    expect(precisionWords(entry({ truePositives: 19, falsePositives: 2, benign: 1 }))).toBe('86 % of 22');
    expect(precisionWords(entry())).toBe('');
  });

  it('marks what somebody should look at, and nothing else', () => {
    expect(marks({})).toEqual([]);
    expect(marks({ error: 'Its list is gone.' })).toEqual(['error']);
    expect(marks({ firingsWeek: 168 })).toEqual([]);
    expect(marks({ firingsWeek: 169 })).toEqual(['noisy']);
    expect(marks({ lastFiredAt: null })).toEqual(['silent']);
    expect(marks({ lastFiredAt: NOW - 31 * DAY })).toEqual(['silent']);
    expect(marks({ lastFiredAt: null, createdAt: NOW - DAY })).toEqual([]);
    expect(marks({ lastFiredAt: null, state: 'off' })).toEqual([]);
    expect(marks({ candidate: 2 })).toEqual(['waits']);
    expect(entry({}, [{ key: 'rule:A rule', text: '', updatedAt: 1 }]).marks.map(({ label }) => label)).toEqual([
      'Draft',
    ]);
  });

  it('says in the words of the advice why it is noisy', () => {
    const advice = [{ code: 'fires-too-often', reason: 'it fired 300 times', remedy: 'raise its threshold' }];
    expect(entry({ advice }).marks[0]?.hint).toBe('It fired 300 times. Raise its threshold.');
  });
});

describe('arranging', () => {
  const all = [
    entry({
      name: 'Rule 10',
      firingsWeek: 3,
      lastFiredAt: 30,
      truePositives: 1,
      falsePositives: 3,
      tags: ['attack.t1567'],
    }),
    entry({ name: 'rule 9', firingsWeek: 9, lastFiredAt: null, state: 'shadow' }),
    entry({ name: 'Another', firingsWeek: 1, lastFiredAt: 40, truePositives: 4, state: 'off', severity: 'critical' }),
  ];
  const names = (search: string, key: SortKey = 'name', turned = false, shown: 'all' | 'shadow' = 'all'): string[] =>
    arrange(all, { search, shown, sort: { key, turned } }).map(({ name }) => name);

  it('sorts, numbers in names as numbers and what is missing last', () => {
    expect(names('')).toEqual(['Another', 'rule 9', 'Rule 10']);
    expect(names('', 'name', true)).toEqual(['Rule 10', 'rule 9', 'Another']);
    expect(names('', 'firings')).toEqual(['rule 9', 'Rule 10', 'Another']);
    expect(names('', 'fired')).toEqual(['Another', 'Rule 10', 'rule 9']);
    expect(names('', 'fired', true)).toEqual(['Rule 10', 'Another', 'rule 9']);
    expect(names('', 'precision')).toEqual(['Rule 10', 'Another', 'rule 9']);
    expect(names('', 'severity')).toEqual(['Another', 'rule 9', 'Rule 10']);
  });

  it('finds words of name, sentence and tags, all of them', () => {
    expect(names('T1567')).toEqual(['Rule 10']);
    expect(names('sensitive rule')).toEqual(['rule 9', 'Rule 10']);
    expect(names('sensitive nothing')).toEqual([]);
  });

  it('counts what each choice has', () => {
    expect(names('', 'name', false, 'shadow')).toEqual(['rule 9']);
    expect(countsOf(all)).toEqual({ all: 3, live: 1, shadow: 1, off: 1, attention: 2 });
  });

  it('draws what is in sight of a long list, and nothing is lost between', () => {
    expect(inSight(30, 84, 0, 800)).toEqual({ from: 0, to: 30, above: 0, whole: 0 });
    for (const top of [0, 84, 1_000, 41_200, 99_999]) {
      const { from, to, above, whole } = inSight(500, 84, top, 800);
      expect([above, whole]).toEqual([from * 84, 500 * 84]);
      expect(to - from).toBeLessThan(40);
      if (top < 41_300) expect(from * 84 <= top && to * 84 >= Math.min(500 * 84, top + 800)).toBe(true);
    }
  });
});

describe('names and copies', () => {
  it('find a name that is free and fits', () => {
    expect(freeName('New', ['new', 'New 2'])).toBe('New 3');
    expect([...freeName('x'.repeat(80), ['x'.repeat(64)])].length).toBe(64);
  });

  it('begin in shadow, as each dialect says it', () => {
    expect(inShadow({ name: 'a', enable: true, mode: 'live' })).toEqual({ name: 'a', mode: 'shadow' });
    const shields = { name: 'a', thresholdTime: '5', thresholdType: 'minutes', enable: true };
    expect(inShadow(shields)).toEqual({ ...shields, enable: false });
    expect(copyOf(entry(), ['A rule', 'A rule copy'])).toMatchObject({ name: 'A rule copy 2', mode: 'shadow' });
  });

  it('read a draft’s name, also of a text that is no rule yet', () => {
    const draft = (text: string) => ({ key: 'new:1', text, updatedAt: 1 });
    expect(draftName(draft(JSON.stringify({ rule: null, text: 'name: Half\nconditions: []' })))).toBe('Half');
    expect(draftName(draft('name: "Hal'))).toBe('');
  });
});

describe('taking texts apart', () => {
  const found = (text: string): (string | null)[] =>
    split(text, 'f').map(({ doc, problem }) => String(doc?.name ?? problem));

  it('reads one rule, lists, streams and exports', () => {
    expect(found('{"name":"a","conditions":[]}')).toEqual(['a']);
    expect(found('[{"name":"a"},{"name":"b"}]')).toEqual(['a', 'b']);
    expect(found('name: a\n---\nname: b\n')).toEqual(['a', 'b']);
    expect(found('---\nname: a\n---\n- name: b\n- name: c\n---\n')).toEqual(['a', 'b', 'c']);
    expect(found('{"alerts":[{"name":"a"},{"name":"b"}],"total":2}')).toEqual(['a', 'b']);
  });

  it('says where it stands and what is wrong, and goes on', () => {
    const all = split('name: a\n---\nname: "b\n', 'rules.yaml');
    expect(all.map(({ from }) => from)).toEqual(['rules.yaml, 1', 'rules.yaml, 2']);
    expect(all[1]?.doc).toBeNull();
    expect(all[1]?.problem).toMatch(/line 4|quote/i);
    expect(found('')).toEqual(['It is empty.']);
    expect(found('hello')[0]).toContain('no rule');
    expect(found('[1]')[0]).toContain('no rule');
  });

  it('does not let a text multiply itself', () => {
    const lines = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map(
        (name, at) =>
          `${name}: &${name} [${Array(10)
            .fill(`*${'abcdefghi'[at] ?? ''}`)
            .join()}]`,
      ),
    ];
    const [first] = split(lines.join('\n'), 'f');
    expect([first?.doc, first?.problem === null]).toEqual([null, false]);
  });
});

describe('the list', () => {
  const make = async (more = {}) => {
    const client = new FakeClient({ alerts: 10, now: () => NOW, ...more });
    const app = new App(client, () => NOW);
    await app.rules.load();
    await app.fields.load();
    return { client, app, rules: app.rules };
  };
  const stateOf = async (client: FakeClient, name: string): Promise<string> => (await client.getRule(name)).row.state;

  it('switches rules and takes it back', async () => {
    const { client, app, rules } = await make();
    await rules.setState([BUSY, SIGN_IN], 'off');
    expect([await stateOf(client, BUSY), await stateOf(client, SIGN_IN)]).toEqual(['off', 'off']);
    expect(app.toasts.list.at(-1)?.text).toBe('Switched off: 2 rules');
    app.screen = 'rules';
    await app.undo();
    expect([await stateOf(client, BUSY), await stateOf(client, SIGN_IN)]).toEqual(['live', 'live']);
    expect(rules.canUndo).toBe(false);
  });

  it('says that a waiting version is promoted, and gives back what it replaced', async () => {
    const { client, app, rules } = await make();
    await rules.setState([SIGN_IN], 'live');
    expect(app.toasts.list.at(-1)?.details).toEqual([`Version 2 of “${SIGN_IN}” takes the place of version 1.`]);
    expect((await client.getRule(SIGN_IN)).row.severity).toBe('critical');
    await rules.undoLast();
    const { row: now } = await client.getRule(SIGN_IN);
    expect([now.state, now.severity, now.candidate]).toEqual(['live', 'high', null]);
  });

  it('changes nothing where nothing is to be changed, and says what could not be', async () => {
    const { client, app, rules } = await make();
    await rules.setState([BUSY], 'live');
    expect([client.calls.setRuleState ?? 0, rules.canUndo]).toEqual([0, false]);
    client.fail('setRuleState', new ClientError('unavailable', 'The store is locked.'));
    await rules.setState([BUSY], 'off');
    expect(app.toasts.list.at(-1)?.text).toContain('The store is locked.');
    expect([rules.canUndo, await stateOf(client, BUSY)]).toEqual([false, 'live']);
  });

  it('removes without asking, moves on, and brings back', async () => {
    const { rules } = await make();
    rules.cursor = BUSY;
    rules.toggle(BUSY);
    await rules.remove(rules.targets());
    expect([rules.names.includes(BUSY), rules.selected.size]).toEqual([false, 0]);
    expect(rules.cursor).not.toBeNull();
    await rules.undoLast();
    expect([rules.names.includes(BUSY), rules.cursor]).toEqual([true, BUSY]);
  });

  it('acts on the selection that is in sight, else on the cursor', async () => {
    const { rules } = await make();
    rules.toggleAll();
    rules.search = 'failures';
    expect(rules.targets()).toEqual([SIGN_IN]);
    rules.clearSelection();
    rules.move(1);
    expect(rules.targets()).toEqual([SIGN_IN]);
  });

  it('keeps a draft that is thrown away until that is taken back no more', async () => {
    const { client, rules } = await make();
    await client.saveDraft('new:1', 'name: x');
    await rules.load();
    const [draft] = rules.begun;
    if (draft) await rules.discardDraft(draft);
    expect(rules.begun).toEqual([]);
    await rules.undoLast();
    expect(rules.begun.map(({ text }) => text)).toEqual(['name: x']);
  });

  it('imports new rules in shadow, replaces what is kept, and takes all of it back', async () => {
    const { client, rules } = await make();
    const incoming = new RuleImport(client, () => rules.list);
    const known = JSON.parse((await client.getRule(BUSY)).row.document) as object;
    const one = { name: 'New one', conditions: [{ type: 'hostname', values: ['a.example'] }] };
    const texts = [one, { ...known, severity: 'low' }, known, { ...one, conditions: [] }, { ...one }];
    await incoming.read(JSON.stringify(texts.slice(0, 2)), 'a.json');
    await incoming.read(JSON.stringify(texts[4]), 'b.json');
    await incoming.read(JSON.stringify(texts[3]), 'c.json');
    expect(incoming.list.map(({ does }) => does)).toEqual(['new', 'replaces', 'wrong', 'wrong']);
    expect(incoming.list[2]?.problems[0]).toContain('a.json, 1');
    const added = await incoming.add();
    await rules.load();
    expect(added?.said).toBe('Imported 2 rules');
    expect(await stateOf(client, 'New one')).toBe('shadow');
    expect((await client.getRule(BUSY)).row.candidate).toBe(3);
    await added?.back();
    expect((await client.getRule(BUSY)).row.candidate).toBeNull();
    await expect(client.getRule('New one')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('knows a rule that says the same already', async () => {
    const { client, rules } = await make();
    const incoming = new RuleImport(client, () => rules.list);
    const { mode, ...same } = JSON.parse((await client.getRule(BUSY)).row.document) as Record<string, unknown>;
    await incoming.read(JSON.stringify({ ...same, mode: mode === 'live' ? 'shadow' : 'live' }), 'a.json');
    expect([incoming.list[0]?.does, incoming.usable.length]).toEqual(['same', 0]);
  });
});

describe('the catalogue', () => {
  it('tries one after the other, with what was filled in, and adds in shadow', async () => {
    const client = new FakeClient({ alerts: 5, now: () => NOW });
    const { catalogue } = new App(client, () => NOW);
    await catalogue.load();
    for (const template of catalogue.list) catalogue.try(template);
    await expect.poll(() => catalogue.list.every(({ id }) => catalogue.tried(id) !== null)).toBe(true);
    const template = catalogue.list.find(({ places }) => places.length > 0);
    if (template === undefined) throw new Error('no template has a place');
    expect(catalogue.tried(template.id)).toMatchObject({ example: true, effect: { firings: 0 } });
    catalogue.fill(template.id, 'datatypes', 'phi, passport');
    expect(catalogue.doc(template).conditions).toMatchObject([{ values: ['phi', 'passport'] }, {}]);
    catalogue.try(template);
    await expect.poll(() => catalogue.tried(template.id)?.effect?.firings ?? 0).toBeGreaterThan(0);
    expect(catalogue.tried(template.id)?.example).toBe(false);
    const asked = client.calls.previewRule;
    catalogue.try(template);
    expect(client.calls.previewRule).toBe(asked);
    const kept = await catalogue.add(template, [template.name]);
    expect([kept.state, kept.name]).toEqual(['shadow', `${template.name} 2`]);
  });
});

describe('why', () => {
  const firing = {
    value: 9,
    threshold: 4,
    trigger: 'atLeast',
    measure: 'count',
  } as Parameters<typeof reachedWords>[0];

  it('says what was reached in words and on a bar', () => {
    expect(reachedWords(firing, null, FIELDS)).toBe('9 events; the rule asks for at least 4.');
    expect(reachedWords({ ...firing, trigger: 'absent' }, null, FIELDS)).toContain('Nothing came');
    const scale = scaleOf(firing);
    expect((scale?.value ?? 0) / (scale?.threshold ?? 1)).toBeCloseTo(9 / 4);
    expect(scaleOf({ ...firing, threshold: null })).toBeNull();
  });

  it('says lengths and groups', () => {
    expect([600_000, 93_600_000, 90_000, 0].map(durationOf)).toEqual(['10 min', '1 d 2 h', '1 min 30 s', '0 s']);
    expect(groupWords('username=ana ruiz client_ip=null', FIELDS)).toBe('User: ana ruiz, Client address: none');
  });

  it('reads the firing, its version of the rule, and the edits on demand', async () => {
    const client = new FakeClient({ alerts: 5, now: () => NOW, fired: 12 });
    const { why } = new App(client, () => NOW);
    const { rows } = await client.listAlerts({ query: 'origin:rule', sort: 'time', after: null, skip: 0, limit: 50 });
    const id = rows.find(({ title }) => title === BUSY)?.id ?? '';
    await why.load(id);
    expect([why.firing?.rule, why.doc?.name, why.edits]).toEqual([BUSY, BUSY, null]);
    await why.weigh();
    expect(why.edits?.length).toBeGreaterThan(0);
  });

  it('stands when the rule was removed since', async () => {
    const client = new FakeClient({ alerts: 5, now: () => NOW, fired: 12 });
    const { why } = new App(client, () => NOW);
    const { rows } = await client.listAlerts({ query: 'origin:rule', sort: 'time', after: null, skip: 0, limit: 1 });
    client.fail('getRule', new ClientError('not-found', 'It was removed.', 'name'));
    await why.load(rows[0]?.id ?? '');
    expect([why.firing?.rule, why.doc, why.kept, why.error]).toEqual([rows[0]?.title, null, false, null]);
  });
});

describe('a rule from an alert', () => {
  it('takes what the alert says, literally', async () => {
    const client = new FakeClient({ alerts: 20, now: () => NOW });
    const { rows } = await client.listAlerts({ query: '', sort: 'time', after: null, skip: 0, limit: 1 });
    const alert = await client.getAlert(rows[0]?.id ?? '');
    const doc = ruleFrom(alert, [alert.row.title]);
    expect(doc).toMatchObject({ mode: 'shadow', sources: [alert.row.source], name: `${alert.row.title} 2` });
    const check = await client.checkRule(JSON.stringify(doc));
    expect(check.problems).toEqual([]);
    expect((await client.recentEvents(JSON.stringify(doc), 100)).some(({ id }) => id === alert.row.id)).toBe(true);
    expect([literal('a*b?c\\d'), literal('list:x')]).toEqual([String.raw`a\*b\?c\\d`, String.raw`\list:x`]);
  });
});
