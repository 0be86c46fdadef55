import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SurveyView } from '../../src/lib/ipc/client';
import { ClientError } from '../../src/lib/ipc/errors';
import { FakeClient } from '../../src/lib/ipc/fake';
import { spotAt, valueOffers, wordOffers } from '../../src/lib/query/complete';
import { chipWords, timeWords } from '../../src/lib/query/show';
import { tokens } from '../../src/lib/query/grammar';
import { fieldNamed } from '../../src/lib/query/fields';
import { App } from '../../src/lib/state/app.svelte';
import { AlertFilter } from '../../src/lib/state/filter.svelte';
import { SearchBox } from '../../src/lib/state/searchbox.svelte';
import { Suggestions } from '../../src/lib/state/suggestions.svelte';
import { keepOrder, Survey } from '../../src/lib/state/survey.svelte';

const NOW = Date.UTC(2026, 10, 22, 12);
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
};
const sum = (bars: number[][]): number => bars.flat().reduce((all, part) => all + part, 0);

/** A promise that is settled from outside. */
function later<T>(): { promise: Promise<T>; done: (value: T) => void; fail: (error: unknown) => void } {
  let done: (value: T) => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    done = yes;
    fail = no;
  });
  return { promise, done, fail };
}

describe('counts', () => {
  let client: FakeClient;
  let app: App;
  beforeEach(async () => {
    vi.useFakeTimers();
    client = new FakeClient({ now: () => NOW });
    app = new App(client, () => NOW);
    app.start();
    await settle();
    // What is counted waits until the rows are drawn.
    await vi.advanceTimersByTimeAsync(300);
  });
  afterEach(() => vi.useRealTimers());
  const countOf = async (query: string): Promise<number> => (await client.countAlerts(query, 10_000)).count;

  it('are those of the list: in all, by facet, and over time', async () => {
    await app.alerts.filter.set('severity:high,critical -source:csa');
    const { survey } = app;
    expect(survey.count).toBe(await countOf('severity:high,critical -source:csa'));
    expect(sum(survey.histogram?.bars ?? [])).toBe(survey.count);
    for (const { value, count } of survey.facet('severity')?.values ?? []) {
      expect(count, value).toBe(await countOf(`severity:${value} -source:csa`));
    }
    for (const { value, count } of survey.facet('source')?.values ?? []) {
      expect(count, value).toBe(await countOf(`severity:high,critical source:${value} -source:csa`));
    }
    expect(survey.facet('type')?.values.length).toBeGreaterThan(3);
  });

  it('keep a chosen value that nothing has', async () => {
    await app.alerts.filter.set('category:nowhere');
    expect(app.survey.facet('category')?.values).toContainEqual({ value: 'nowhere', count: 0 });
    expect(app.survey.count).toBe(0);
  });

  it('follow new alerts once in a while, and the bars that are there stay where they are', async () => {
    await app.alerts.filter.set('');
    const before = app.survey.histogram ?? expect.fail();
    const asked = client.calls.survey ?? 0;
    for (let turn = 0; turn < 20; turn += 1) client.deliver(5);
    await vi.advanceTimersByTimeAsync(600);
    await settle();
    expect(client.calls.survey).toBe(asked + 1);
    const after = app.survey.histogram ?? expect.fail();
    expect([after.from, after.step]).toEqual([before.from, before.step]);
    expect(after.bars.slice(0, before.bars.length - 1)).toEqual(before.bars.slice(0, -1));
    expect(sum(after.bars)).toBe(sum(before.bars) + 100);
    expect(app.survey.busy).toBe(false);
  });

  it('say what went wrong and keep the old numbers', async () => {
    const before = app.survey.count;
    client.fail('survey', new ClientError('unavailable', 'The store is locked.'));
    await app.alerts.filter.set('severity:low');
    expect([app.survey.error?.message, app.survey.count, app.survey.busy]).toEqual([
      'The store is locked.',
      before,
      false,
    ]);
    client.fail('survey', null);
    await app.survey.load();
    expect([app.survey.error, app.survey.count]).toEqual([null, await countOf('severity:low')]);
  });

  it('zoom into time and back out, step by step', async () => {
    const { filter } = app.alerts;
    await filter.set('time:7d x');
    await filter.zoomTo(NOW - 3_600_000, NOW);
    expect(filter.text).toBe('time:2026-11-22T11:00:00Z..2026-11-22T11:59:59.999Z x');
    await filter.zoomTo(NOW - 1_800_000, NOW);
    await filter.zoomOut();
    expect(filter.time).toBe('2026-11-22T11:00:00Z..2026-11-22T11:59:59.999Z');
    await filter.zoomOut();
    expect(filter.text).toBe('time:7d x');
    await filter.zoomOut();
    expect(filter.text).toBe('x');
  });

  it('of a brushed stretch are those of its bars', async () => {
    await app.alerts.filter.set('');
    const shown = app.survey.histogram ?? expect.fail();
    const [first, last] = [10, 14];
    await app.alerts.filter.zoomTo(shown.from + first * shown.step, shown.from + (last + 1) * shown.step);
    expect(app.survey.count).toBe(sum(shown.bars.slice(first, last + 1)));
  });

  it('take out what stood still while it was pointed at', async () => {
    const release = app.survey.hold();
    const order = (): string[] => app.survey.facet('source')?.values.map((one) => one.value) ?? [];
    const before = order();
    client.deliver(500, {}, NOW, before.at(-1));
    await vi.advanceTimersByTimeAsync(600);
    expect(order()).toEqual(before);
    release();
    await vi.advanceTimersByTimeAsync(600);
    expect(order()[0]).toBe(before.at(-1));
  });
});

describe('late answers', () => {
  const view = (count: number): SurveyView => ({
    count,
    unseen: 0,
    facets: [],
    histogram: { from: 0, to: 0, step: 1, bars: [] },
  });
  it('never replace newer ones, whether they come or fail', async () => {
    const answers = [later<SurveyView>(), later<SurveyView>(), later<SurveyView>()];
    let asked = 0;
    const client = { survey: () => answers[asked++]?.promise } as unknown as FakeClient;
    const survey = new Survey(client, new AlertFilter(), () => NOW);
    const reads = [survey.load(), survey.load(), survey.load()];
    expect(survey.busy).toBe(true);
    answers[2]?.done(view(3));
    await settle();
    expect([survey.count, survey.busy]).toEqual([3, false]);
    answers[0]?.done(view(1));
    answers[1]?.fail(new Error('too late'));
    await Promise.all(reads);
    expect([survey.count, survey.error]).toEqual([3, null]);
  });
  it('of suggestions are dropped as well', async () => {
    vi.useFakeTimers();
    const answers = [later<{ value: string; count: number }[]>(), later<{ value: string; count: number }[]>()];
    let asked = 0;
    const offers = new Suggestions({ suggestValues: () => answers[asked++]?.promise ?? Promise.resolve([]) });
    offers.update(spotAt('user:a', 6), []);
    await vi.advanceTimersByTimeAsync(100);
    offers.update(spotAt('user:an', 7), []);
    await vi.advanceTimersByTimeAsync(100);
    answers[1]?.done([{ value: 'ana', count: 2 }]);
    await settle();
    answers[0]?.done([{ value: 'aaron', count: 9 }]);
    await settle();
    expect(offers.offers.map((offer) => offer.insert)).toEqual(['user:ana']);
    vi.useRealTimers();
  });
  it('keep the order of what is there', () => {
    const old = ['a', 'b', 'c'].map((value) => ({ value, count: 1 }));
    const fresh = [
      { value: 'd', count: 9 },
      { value: 'c', count: 8 },
      { value: 'a', count: 2 },
    ];
    const shown = (all: boolean): string =>
      keepOrder(old, fresh, all)
        .map((one) => `${one.value}${one.count}`)
        .join(' ');
    expect(shown(true)).toBe('a2 b0 c8 d9');
    // There may be more than were named: what is missing is not known to be 0.
    expect(shown(false)).toBe('a2 c8 d9');
  });
});

describe('the search box', () => {
  let filter: AlertFilter;
  let box: SearchBox;
  const chips = (): string[] => box.chips.map((chip) => chip.raw);
  beforeEach(() => {
    vi.useFakeTimers();
    filter = new AlertFilter();
    filter.begin('-status:closed storm', 'time');
    box = new SearchBox(filter);
  });
  afterEach(() => vi.useRealTimers());
  /** As typed letter by letter. */
  const type = (text: string): void => {
    for (const letter of text) box.type(box.draft + letter, box.draft.length + 1);
  };

  it('shows terms with a field as chips and all else as text', () => {
    expect([chips(), box.draft]).toEqual([['-status:closed'], 'storm']);
    void filter.set('sevrity:x "a b" user:"ana ruiz"');
    box.follow();
    expect([chips(), box.draft]).toEqual([['user:"ana ruiz"'], 'sevrity:x "a b"']);
  });
  it('asks for words as they are typed, for a term with a field when it is finished', () => {
    box.type('', 0);
    type('tok severity:hi');
    vi.advanceTimersByTime(200);
    expect(filter.query).toBe('-status:closed tok');
    type('gh');
    vi.advanceTimersByTime(200);
    expect(filter.query).toBe('-status:closed tok');
    type(' ');
    vi.advanceTimersByTime(200);
    expect([filter.query, chips(), box.draft]).toEqual([
      '-status:closed severity:high tok',
      ['-status:closed', 'severity:high'],
      'tok ',
    ]);
  });
  it('keeps the caret where it was when a term before it becomes a chip', () => {
    const text = 'storm user:ana now';
    expect([box.type(text, text.length), box.draft]).toEqual([9, 'storm now']);
  });
  it('asks for everything when it is left, so that a mistake is named', () => {
    box.type('storm sevrity:high', 18);
    box.finish();
    expect(filter.query).toBe('-status:closed storm sevrity:high');
    expect(box.draft).toBe('storm sevrity:high');
  });
  it('edits a chip in the input, and lets it be', () => {
    box.editChip(0);
    expect([chips(), box.draft, filter.query]).toEqual([[], 'storm -status:closed', '-status:closed storm']);
    expect(box.revert()).toBe(true);
    expect([chips(), box.draft]).toEqual([['-status:closed'], 'storm']);
    expect(box.revert()).toBe(false);
    box.removeChip(0);
    expect(filter.query).toBe('storm');
  });
  it('puts a suggestion in its place', () => {
    box.type('a sev b', 5);
    expect(box.put(2, 5, 'severity:', false)).toBe(11);
    expect(box.draft).toBe('a severity: b');
    expect(box.put(2, 11, 'severity:high', true)).toBe(2);
    expect([chips(), box.draft.trim()]).toEqual([['-status:closed', 'severity:high'], 'a b']);
  });
});

describe('suggestions', () => {
  const inserts = (text: string, counted: [string, number][] = []): string[] => {
    const spot = spotAt(text, text.length);
    const values = counted.map(([value, count]) => ({ value, count }));
    const offers =
      spot.field === null ? wordOffers(spot, new Map([['source', values]])) : valueOffers(spot, spot.field, values);
    return offers.map((offer) => offer.insert);
  };
  it('are fields, then values of the commonest fields', () => {
    expect(inserts('x sev')).toEqual(['severity:']);
    expect(inserts('-cri')).toEqual(['-severity:critical']);
    expect(inserts('cs', [['csa', 4]])).toEqual(['source:csa']);
    expect(inserts('')).toContain('time:24h');
  });
  it('are values of the field, quoted where they must be, without those already listed', () => {
    expect(inserts('user:', [['ana ruiz', 3]])).toEqual(['user:"ana ruiz"']);
    expect(
      inserts('-user:bo,', [
        ['bo', 2],
        ['x,y', 1],
      ]),
    ).toEqual(['-user:bo,"x,y"']);
    expect(inserts('severity:hi', [['high', 3]])).toEqual(['severity:high']);
    expect(inserts('status:ack')).toEqual(['status:acknowledged']);
    expect(inserts('time:')).toContain('time:15m');
    expect(inserts('nofield:x')).toEqual([]);
  });
  it('know the term at the caret', () => {
    expect(spotAt('a -user:"ana r', 14)).toMatchObject({ at: 2, end: 14, negated: true, typed: 'ana r' });
    expect(spotAt('user:ana', 6)).toMatchObject({ at: 0, end: 8, typed: 'a', field: fieldNamed('user') });
    expect(spotAt('a  b', 2)).toMatchObject({ at: 2, end: 2, typed: '' });
  });
});

describe('terms in words', () => {
  const words = (text: string): string => {
    const [term] = tokens(text);
    const { field, values } = chipWords(term ?? expect.fail(), 'utc');
    return `${field} ${values.join(' or ')}`;
  };
  it.each([
    ['severity:>=high', 'Severity at least High'],
    ['-status:new,closed', 'Status New or Closed'],
    ['snoozed:false', 'Snoozed no'],
    ['time:24h', 'Time last 24 hours'],
    ['time:1h', 'Time last hour'],
    ['alertType:"a b"', 'Type a b'],
    ['occurrences:>5', 'Occurrences above 5'],
  ])('%s is %s', (text, wanted) => expect(words(text)).toBe(wanted));
  it.each([
    ['2026-11-01..2026-11-03', '1 – 3 Nov'],
    ['2026-11-01T12:00:00Z..2026-11-01T12:59:59.999Z', '1 Nov, 12:00 – 13:00'],
    ['2026-11-01..', 'since 1 Nov'],
    ['<2026-11-01', 'before 1 Nov'],
    ['..', 'any time'],
  ])('the time %s is %s', (value, wanted) => {
    vi.setSystemTime(NOW);
    expect(timeWords(value, 'utc')).toBe(wanted);
    vi.useRealTimers();
  });
});

describe('saved views', () => {
  let client: FakeClient;
  let app: App;
  beforeEach(async () => {
    client = new FakeClient({ now: () => NOW });
    app = new App(client, () => NOW);
    app.start();
    await settle();
  });
  const names = (): string[] => app.views.list.map((view) => view.name);

  it('opens on the default one', async () => {
    expect([app.views.current?.name, app.views.dirty]).toEqual(['Needs me', false]);
    await app.views.makeDefault('all');
    const next = new App(client, () => NOW);
    next.start();
    await settle();
    await next.alerts.count();
    expect([next.views.current?.name, next.alerts.filter.query, next.alerts.total]).toEqual(['All', '', 300]);
    expect(next.views.list.filter((view) => view.isDefault)).toHaveLength(1);
  });
  it('counts each, and those not seen', async () => {
    await client.markSeen(
      (await client.listAlerts({ query: '', sort: 'time', after: null, skip: 0, limit: 200 })).rows.map(
        (row) => row.id,
      ),
    );
    await app.views.load();
    for (const view of app.views.list) {
      expect(app.views.counts(view.id)?.count).toBe((await client.countAlerts(view.query, 10_000)).count);
      expect(app.views.counts(view.id)?.unseen).toBe(
        (await client.countAlerts(`${view.query} seen:false`, 10_000)).count,
      );
    }
  });
  it('is changed when it asks something else, not when it is written otherwise', async () => {
    await app.alerts.filter.set('snoozed:false   -STATUS:closed');
    expect(app.views.dirty).toBe(false);
    await app.alerts.filter.sortBy('severity');
    expect(app.views.dirty).toBe(true);
  });
  it('saves, updates, renames, deletes, and takes it back', async () => {
    await app.alerts.filter.set('severity:high storm');
    await app.views.saveAs('Storms');
    const id = app.views.chosen ?? '';
    expect([names().at(-1), app.views.dirty]).toEqual(['Storms', false]);
    await expect(app.views.saveAs('storms')).rejects.toThrow('already');
    await app.alerts.filter.set('storm');
    await app.views.update();
    expect([app.views.current?.query, app.views.dirty]).toEqual(['storm', false]);
    app.toasts.list.at(-1)?.action?.run();
    await settle();
    expect([app.views.current?.query, app.alerts.filter.query]).toEqual(['severity:high storm', 'severity:high storm']);
    await app.views.rename(id, 'Only storms');
    expect(names().at(-1)).toBe('Only storms');
    await app.views.remove(id);
    expect(names()).not.toContain('Only storms');
    app.toasts.list.at(-1)?.action?.run();
    await settle();
    expect(names().at(-1)).toBe('Only storms');
    expect(app.views.current?.name).toBe('Only storms');
  });
  it('leaves those that are always there as they are', async () => {
    await app.views.remove('all');
    expect(names()).toContain('All');
  });
  it('goes on without views when they cannot be read', async () => {
    client.fail('listViews', new ClientError('unavailable', 'Locked.'));
    const next = new App(client, () => NOW);
    next.start();
    await settle();
    expect([next.views.error?.message, next.alerts.filter.query, next.alerts.phase]).toEqual([
      'Locked.',
      '-status:closed snoozed:false',
      'ready',
    ]);
  });
});
