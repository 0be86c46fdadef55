import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ClientError } from '../../src/lib/ipc/errors';
import { FakeClient } from '../../src/lib/ipc/fake';
import { App } from '../../src/lib/state/app.svelte';
import { freeName } from '../../src/lib/state/sources.svelte';

const NOW = Date.UTC(2026, 10, 22, 12);
/** Lets everything that waits on a promise go on. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
};

describe('the window', () => {
  let client: FakeClient;
  let app: App;
  const shown = (): (string | undefined)[] => app.alerts.slice(0, app.alerts.total).map((row) => row?.id);

  const start = async (options: ConstructorParameters<typeof FakeClient>[0] = {}): Promise<void> => {
    client = new FakeClient({ now: () => NOW, ...options });
    app = new App(client, () => NOW);
    app.start();
    await settle();
  };
  beforeEach(async () => {
    vi.useFakeTimers();
    await start();
  });
  afterEach(() => vi.useRealTimers());

  it('reads a page, and more when it is looked at', async () => {
    await app.alerts.filter.set('');
    expect([app.alerts.total, app.alerts.rowAt(200)]).toEqual([300, null]);
    await app.alerts.ensure(190, 200);
    expect(app.alerts.rowAt(299)).not.toBeNull();
    expect(app.alerts.hasMore).toBe(false);
  });

  it('takes keys that come before the rows of a new filter as meant for those', async () => {
    app.alerts.moveTo(3);
    const reading = app.alerts.filter.set('status:closed');
    const typed = app.alerts.whenShown(() => app.alerts.moveTo(0));
    expect(app.alerts.cursor, 'the rows of before stay as they are').toBe(3);
    await Promise.all([reading, typed]);
    expect(app.alerts.cursorRow?.status).toBe('closed');
    // What cannot be read has no rows: what is shown is what is meant, and it is not waited for.
    await app.alerts.filter.set('status:');
    await app.alerts.whenShown(() => app.alerts.moveTo(1));
    expect(app.alerts.cursor).toBe(1);
  });

  it('takes back what was done on a notification', async () => {
    const id = shown()[0] ?? '';
    await client.acknowledgeElsewhere(id);
    await settle();
    expect(app.toasts.list.map((toast) => toast.text)).toEqual(['Acknowledged 1 alert from the notification']);
    await app.actions.undoLast();
    expect((await client.getAlert(id)).row.status).toBe('new');
  });

  it('lets new rows in while nothing is being read, all of one delivery', async () => {
    const added = client.deliver(3);
    await settle();
    expect(shown().slice(0, 3)).toEqual(added.toReversed());
    expect(app.alerts.waiting.size).toBe(0);
  });

  it.each([
    ['a cursor further down', () => app.alerts.moveTo(2)],
    ['a selection', () => app.alerts.toggle(0)],
    ['an open panel', () => void app.peek.open('1')],
    ['a scrolled list', () => void (app.alerts.atTop = false)],
  ])('keeps them waiting behind %s', async (_, read) => {
    read();
    const before = shown();
    client.deliver(2);
    await settle();
    expect(shown()).toEqual(before);
    expect(app.alerts.waiting.size).toBe(2);
    await app.alerts.letIn();
    expect(app.alerts.waiting.size).toBe(0);
    expect(shown().length).toBe(before.length + 2);
  });

  it('does not count what the filter hides', async () => {
    app.alerts.moveTo(3);
    client.deliver(1, { status: 'closed' });
    await settle();
    expect(app.alerts.waiting.size).toBe(0);
  });

  it('reads afresh when more changed than could be named', async () => {
    client.deliver(1_500);
    await settle();
    expect(app.alerts.manyWaiting).toBe(false);
    expect(app.alerts.rowAt(0)?.time).toBe(NOW + 1_499);
  });

  it('misses no change that comes while the list is being read', async () => {
    const read = client.listAlerts.bind(client);
    let answer = (): void => undefined;
    const held = new Promise<void>((done) => (answer = done));
    vi.spyOn(client, 'listAlerts').mockImplementation(async (spec) => {
      const page = await read(spec);
      await held;
      return page;
    });
    const reading = app.alerts.load();
    await settle();
    const [id] = client.deliver(1);
    await settle();
    answer();
    await reading;
    await settle();
    expect(shown()[0]).toBe(id);
  });

  it('keeps the old list and says what is wrong with a query', async () => {
    const before = shown();
    await app.alerts.filter.set('severty:high');
    expect(app.alerts.queryError).toContain('did you mean “severity”');
    expect(shown()).toEqual(before);
    await app.alerts.filter.clear();
    expect(app.alerts.queryError).toBeNull();
  });

  it('stops asking for more after a failure, until it is told to', async () => {
    await app.alerts.filter.set('');
    client.fail('listAlerts', new ClientError('unavailable', 'Locked.'));
    await app.alerts.ensure(190, 200);
    await app.alerts.ensure(190, 200);
    expect(app.alerts.moreError?.message).toBe('Locked.');
    const asked = client.calls.listAlerts;
    await app.alerts.ensure(190, 200);
    expect(client.calls.listAlerts).toBe(asked);
    client.fail('listAlerts', null);
    app.alerts.retryMore();
    await app.alerts.ensure(190, 200);
    expect(app.alerts.total).toBe(300);
  });

  it('reads the list and its counts when the filter changes, and the list alone when the order does', async () => {
    const { filter } = app.alerts;
    expect(filter.query).toBe('-status:closed snoozed:false');
    await filter.include('severity', 'high');
    expect(filter.query).toBe('-status:closed snoozed:false severity:high');
    expect(shown().every((id) => app.alerts.slice(0, 500).find((row) => row?.id === id)?.severity === 'high')).toBe(
      true,
    );
    const surveys = client.calls.survey;
    const lists = client.calls.listAlerts ?? 0;
    await filter.set(`  ${filter.text} `);
    await filter.sortBy('severity');
    expect([client.calls.survey, client.calls.listAlerts]).toEqual([surveys, lists + 1]);
  });

  it('takes back what still runs when that is asked for', async () => {
    const id = shown()[0] ?? '';
    const acting = app.actions.act({ kind: 'acknowledge' }, { ids: [id] });
    expect(app.actions.busy).toBe(true);
    await app.actions.undoLast();
    await acting;
    await settle();
    expect((await client.getAlert(id)).row.status).toBe('new');
    expect([app.actions.busy, app.toasts.list.map((toast) => toast.text)]).toEqual([
      false,
      ['Undone: Acknowledged 1 alert'],
    ]);
  });

  it('closes, keeps the cursor in place, and undoes', async () => {
    app.alerts.moveTo(1);
    const [, second, third] = shown();
    await app.actions.act({ kind: 'close', reason: 'benign', note: null });
    expect(shown()[1]).toBe(third);
    expect(app.alerts.cursor).toBe(1);
    expect(app.toasts.list.at(-1)?.text).toBe('Closed 1 alert as benign');
    await app.actions.undoLast();
    expect(shown()[1]).toBe(second);
    expect(app.toasts.list.at(-1)?.text).toBe('Undone: Closed 1 alert as benign');
  });

  it('acts on the selection and tells what was so already', async () => {
    app.alerts.toggle(0);
    app.alerts.toggle(1);
    await app.actions.act({ kind: 'acknowledge' }, { ids: [shown()[0] ?? ''] });
    app.alerts.toggle(0);
    app.alerts.toggle(1);
    await app.actions.act({ kind: 'acknowledge' });
    const last = app.toasts.list.at(-1);
    expect([last?.text, last?.details]).toEqual(['Acknowledged 1 alert', ['1 was acknowledged already.']]);
    expect(app.alerts.selection.size).toBe(0);
  });

  it('reports a refusal and a failure as they are', async () => {
    const [id = ''] = client.deliver(1, { status: 'closed' });
    await app.actions.act({ kind: 'acknowledge' }, { ids: [id] });
    expect(app.toasts.list.at(-1)?.details).toEqual(['A closed alert cannot be acknowledged: reopen it first.']);
    client.fail('actOnAlerts', new ClientError('unavailable', 'The disk is full.'));
    await app.actions.act({ kind: 'reopen' }, { ids: [id] });
    expect(app.toasts.list.at(-1)).toMatchObject({ text: 'The disk is full.', tone: 'danger' });
    expect(app.actions.busy).toBe(false);
  });

  it('lets go of a toast after ten seconds, unless it is read', () => {
    const id = app.toasts.show({ text: 'Done' });
    app.toasts.hold(id);
    vi.advanceTimersByTime(60_000);
    expect(app.toasts.list).toHaveLength(1);
    app.toasts.resume(id);
    vi.advanceTimersByTime(9_999);
    expect(app.toasts.list).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(app.toasts.list).toHaveLength(0);
  });

  it('selects a range over pages that were given up', async () => {
    await start({ alerts: 12_000 });
    await app.alerts.filter.set('');
    for (let end = 200; end < 8_000; end += 200) await app.alerts.ensure(end - 40, end);
    expect(app.alerts.rowAt(0)).toBeNull();
    app.alerts.moveTo(0);
    await app.alerts.selectTo(450);
    expect(app.alerts.selection.size).toBe(451);
  });

  it('shows an alert that a notification names, also outside the list', async () => {
    app.screen = 'sources';
    client.click('299');
    await settle();
    expect([app.screen, app.peek.details?.row.id]).toEqual(['alerts', '299']);
    expect(app.actions.targets()).toEqual({ ids: ['299'] });
  });

  it('follows problems of the engine', async () => {
    client.trouble({ storeProblem: 'The disk is full: free some space.' });
    await settle();
    expect(app.engine.status?.storeProblem).toContain('disk is full');
  });

  it('offers a name that is free, without case', () => {
    expect(freeName('secure-access', [])).toBe('csa');
    expect(freeName('cloudevents', ['Events', 'events-2'])).toBe('events-3');
  });
});
