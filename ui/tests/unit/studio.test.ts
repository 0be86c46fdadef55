import { beforeEach, describe, expect, it } from 'vitest';
import { render, screen } from '@testing-library/svelte';
import EffectPanel from '../../src/components/rule/panel/EffectPanel.svelte';
import { ClientError } from '../../src/lib/ipc/errors';
import { FakeClient } from '../../src/lib/ipc/fake';
import { App } from '../../src/lib/state/app.svelte';
import type { Studio } from '../../src/lib/state/studio.svelte';
import { parse } from '../../src/lib/rule/text';

const NOW = Date.parse('2026-11-22T12:00:00Z');
const LIVE = 'Exfiltration by one user';

describe('the studio', () => {
  let client: FakeClient;
  let app: App;
  beforeEach(async () => {
    client = new FakeClient({ now: () => NOW });
    app = new App(client, () => NOW);
  });
  const open = async (name: string | null): Promise<void> => {
    app.editRule(name);
    await new Promise((done) => setTimeout(done));
    await app.studio.settled();
  };
  const threshold = (value: string): void =>
    app.studio.set('trigger', { ...app.studio.form.trigger, value }, 'threshold');

  it('shows what a rule would have done, and counts again when the threshold moves', async () => {
    await open(LIVE);
    const before = app.studio.effect?.firings ?? 0;
    expect(before).toBeGreaterThan(0);
    threshold('12');
    expect(app.studio.provisional).toBe(true);
    await app.studio.settled();
    expect(app.studio.provisional).toBe(false);
    expect(app.studio.effect?.firings).toBeLessThan(before);
    expect(app.studio.effect?.before?.[0]).toBe(before);
  });

  it('says that history is being read, and only of a rule that cannot be read that it cannot', async () => {
    await open(LIVE);
    const said = (loading: boolean, preview: unknown): string => {
      const studio = { form: app.studio.form, effect: null, loading, preview } as unknown as Studio;
      const { unmount } = render(EffectPanel, { studio, suggestions: null, onthreshold: () => undefined });
      const text = screen.getByTestId('effect-nothing').textContent;
      unmount();
      return text;
    };
    expect(said(true, app.studio.preview)).toContain('Reading what is stored');
    expect(said(false, null)).toContain('Reading what is stored');
    expect(said(false, app.studio.preview)).toContain('once it can be read as a rule');
  });

  it('asks only for the latest of many moves, and ends with its numbers', async () => {
    await open(LIVE);
    const asked = client.calls.previewRule ?? 0;
    for (let value = 2; value <= 40; value += 1) threshold(String(value));
    await app.studio.settled();
    expect((client.calls.previewRule ?? 0) - asked).toBeLessThan(5);
    expect(app.studio.form.trigger.value).toBe('40');
    expect(app.studio.previewed).toBe(app.studio.doc);
  });

  it('keeps the numbers of before while a condition is half written', async () => {
    await open(LIVE);
    const before = app.studio.effect?.firings;
    const half = { type: '', op: 'anyOf' as const, values: [], isNot: false };
    app.studio.set('conditions', [...app.studio.form.conditions, half]);
    await app.studio.settled();
    expect(app.studio.check?.valid).toBe(false);
    expect([app.studio.held, app.studio.effect?.firings]).toEqual([true, before]);
    app.studio.undo();
    await app.studio.settled();
    expect([app.studio.held, app.studio.effect?.firings]).toEqual([false, before]);
    await open(null);
    expect([app.studio.held, app.studio.effect]).toEqual([false, null]);
  });

  it('refuses to save what is not said yet, and says so from then on', async () => {
    await open(null);
    expect(app.studio.flaws.every((flaw) => flaw.open)).toBe(true);
    expect(await app.studio.save()).toBeNull();
    expect(client.calls.saveRule ?? 0).toBe(0);
    expect(app.toasts.list.at(-1)?.text).toBe('Not saved: 2 things are missing or wrong.');
    expect(app.studio.flaws.map((flaw) => flaw.open)).toEqual([false, false]);
    await open(null);
    app.studio.leave('name');
    expect(app.studio.flaws.map((flaw) => flaw.open)).toEqual([false, true]);
    app.studio.enter('name');
    expect(app.studio.flaws.map((flaw) => flaw.open)).toEqual([true, true]);
  });

  it('does not save beside a text that cannot be read', async () => {
    await open(LIVE);
    app.studio.set('description', 'Other words');
    app.studio.write('name: [');
    expect(await app.studio.save()).toBeNull();
    expect(client.calls.saveRule ?? 0).toBe(0);
    expect(app.toasts.list.at(-1)?.text).toBe('Not saved: the text cannot be read yet.');
    expect(app.studio.text).toBe('name: [');
    expect((await client.listDrafts()).length).toBe(1);
  });

  it('keeps every edit as a draft, which another start finds', async () => {
    await open(LIVE);
    app.studio.set('name', 'Renamed while');
    await app.studio.settled();
    expect(app.studio.kept).toBe(true);
    const again = new App(client, () => NOW + 60_000);
    again.editRule(LIVE);
    await new Promise((done) => setTimeout(done));
    await again.studio.settled();
    expect(again.studio.form.name).toBe('Renamed while');
    expect(again.studio.restored).not.toBeNull();
    await again.studio.discard();
    expect(again.studio.form.name).toBe(LIVE);
    expect(await client.listDrafts()).toEqual([]);
  });

  it('keeps a text that is no rule yet', async () => {
    await open(null);
    app.studio.write('name: half\nconditions: [');
    await app.studio.settled();
    const [draft] = await client.listDrafts();
    expect(draft?.key).toMatch(/^new:/);
    const again = new App(client, () => NOW);
    again.studio.resume(draft?.key ?? '', draft?.text ?? '', draft?.updatedAt ?? 0);
    expect(again.studio.text).toBe('name: half\nconditions: [');
    expect(again.studio.parsed.problems).not.toEqual([]);
    expect(again.studio.panel).toBe('text');
    // The form waits: an edit of it would throw the text away.
    again.studio.set('name', 'other');
    expect(again.studio.text).toBe('name: half\nconditions: [');
    again.studio.backToReadable();
    again.studio.set('name', 'other');
    expect(again.studio.text).toContain('name: other');
    again.studio.undo();
    again.studio.undo();
    expect(again.studio.text).toBe('name: half\nconditions: [');
  });

  it('saves a new rule in shadow, and a live one as a version that waits', async () => {
    await open(null);
    app.studio.set('name', 'Fresh');
    app.studio.set('conditions', [{ type: 'detected', op: 'anyOf', values: ['true'], isNot: false }]);
    const fresh = await app.studio.save();
    expect(fresh).toMatchObject({ added: 'new', row: { name: 'Fresh', state: 'shadow' } });
    expect(app.studio.state).toBe('shadow');
    expect(app.studio.dirty).toBe(false);
    expect(await client.listDrafts()).toEqual([]);
    await open(LIVE);
    threshold('9');
    expect((await app.studio.save())?.added).toBe('candidate');
    await app.studio.setState('live');
    expect((await client.getRule(LIVE)).row.document).toContain('"value":9');
  });

  it('says why it cannot be saved, and loses nothing', async () => {
    await open(null);
    app.studio.set('name', LIVE);
    app.studio.set('conditions', [{ type: 'detected', op: 'anyOf', values: ['true'], isNot: false }]);
    expect(await app.studio.save()).toBeNull();
    expect(app.toasts.list.at(-1)).toMatchObject({ tone: 'danger' });
    expect(app.studio.form.name).toBe(LIVE);
    expect(await client.listDrafts()).toHaveLength(1);
  });

  it('shows what fails and goes on when it works again', async () => {
    await open(LIVE);
    client.fail('previewRule', new ClientError('unavailable', 'Locked.'));
    threshold('7');
    await app.studio.settled();
    expect(app.studio.error?.message).toBe('Locked.');
    client.fail('previewRule', null);
    threshold('8');
    await app.studio.settled();
    expect(app.studio.error).toBeNull();
    client.fail('saveDraft', new ClientError('unavailable', 'Disk full.'));
    threshold('9');
    await app.studio.settled();
    expect(app.studio.kept).toBe(false);
    expect(app.studio.unkept?.message).toBe('Disk full.');
    client.fail('saveDraft', null);
    app.studio.keepAgain();
    await app.studio.settled();
    expect(app.studio.kept).toBe(true);
    expect(app.studio.unkept).toBeNull();
  });

  it('undoes a drag at once and single edits one by one', async () => {
    await open(LIVE);
    const first = app.studio.form.trigger.value;
    for (const value of ['5', '6', '7', '8']) threshold(value);
    app.studio.set('severity', 'low');
    app.studio.undo();
    expect(app.studio.form.severity).toBe('high');
    expect(app.studio.form.trigger.value).toBe('8');
    app.studio.undo();
    expect(app.studio.form.trigger.value).toBe(first);
    expect(app.studio.dirty).toBe(false);
    app.studio.redo();
    expect(app.studio.form.trigger.value).toBe('8');
  });

  it('has form and text in step, either way', async () => {
    await open(LIVE);
    app.studio.write(`# because\n${app.studio.text.replace('severity: high', 'severity: critical')}`);
    expect(app.studio.form.severity).toBe('critical');
    app.studio.set('description', 'said');
    expect(app.studio.text).toContain('# because');
    expect(parse(app.studio.text).doc).toMatchObject({ description: 'said', severity: 'critical' });
  });

  it('begins where the events begin', async () => {
    await open(LIVE);
    const first = app.studio.effect?.first ?? 0;
    expect(app.studio.range.from).toBeGreaterThan(first - 86_400_000);
    app.studio.choose(7);
    await app.studio.settled();
    expect(app.studio.range.to - app.studio.range.from).toBe(7 * 86_400_000);
    app.studio.choose(0);
    await app.studio.settled();
    expect(app.studio.range.from).toBeLessThanOrEqual(first);
  });
});
