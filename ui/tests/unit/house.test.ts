// Settings, quiet hours, what is kept, finding by a few letters, the palette, the keys.
import { describe, expect, it, vi } from 'vitest';
import { FakeClient } from '../../src/lib/ipc/fake';
import type { QuietHours } from '../../src/lib/ipc/client';
import { ClientError } from '../../src/lib/ipc/errors';
import { press, SHORTCUTS } from '../../src/lib/shortcuts';
import { App } from '../../src/lib/state/app.svelte';
import { Palette } from '../../src/lib/state/palette.svelte';
import { Settings } from '../../src/lib/state/settings.svelte';
import { Toasts } from '../../src/lib/state/toasts.svelte';
import { fuzzy } from '../../src/lib/text/fuzzy';
import { retentionIsEmpty, retentionSentence, retentionTotal } from '../../src/lib/text/keeping';
import { daysWords, isQuiet, minutesOf, quietSentence } from '../../src/lib/text/quiet';

const NOW = Date.UTC(2026, 10, 22, 12);
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('settings', () => {
  const make = async () => {
    const client = new FakeClient({ alerts: 5, now: () => NOW });
    const toasts = new Toasts();
    const settings = new Settings(client, toasts);
    await settings.load();
    return { client, toasts, settings };
  };

  it('keeps one at a time, says so, and takes each back', async () => {
    const { client, toasts, settings } = await make();
    // Asked for together: neither may undo the other.
    await Promise.all([settings.set('theme', 'dark', 'Dark'), settings.set('times', 'utc', 'UTC')]);
    expect(await client.getSettings()).toMatchObject({ theme: 'dark', times: 'utc' });
    expect(toasts.list.map((toast) => toast.text)).toEqual(['Dark', 'UTC']);
    await settings.undoLast();
    expect(await client.getSettings()).toMatchObject({ theme: 'dark', times: 'local' });
    await settings.undoLast();
    expect(settings.value.theme).toBe('system');
    expect(settings.canUndo).toBe(false);
  });

  it('takes back an early change without touching a later one', async () => {
    const { client, toasts, settings } = await make();
    await settings.set('theme', 'dark', 'Dark');
    await settings.set('density', 'compact', 'Compact');
    toasts.list[0]?.action?.run();
    await settle();
    expect(await client.getSettings()).toMatchObject({ theme: 'system', density: 'compact' });
  });

  it('shows what was, and why, where the engine refuses', async () => {
    const { settings, toasts } = await make();
    expect(await settings.set('retention.days', 0, 'x')).toBe(false);
    expect(settings.value.retention.days).toBe(365);
    expect(settings.errorAt('retention.days')).toContain('whole number');
    expect(toasts.list).toEqual([]);
    expect(await settings.set('retention.days', 90, 'x')).toBe(true);
    expect(settings.errorAt('retention.days')).toBeNull();
  });

  it('says nothing where nothing changes, and forgets the mistake before', async () => {
    const { settings, toasts } = await make();
    await settings.set('retention.days', -1, 'x');
    await settings.set('retention.days', 365, 'x');
    expect([toasts.list.length, settings.errors]).toEqual([0, {}]);
  });

  it('stays usable when they cannot be read', async () => {
    const client = new FakeClient({ alerts: 0, now: () => NOW });
    client.fail('getSettings', new ClientError('unavailable', 'Locked.'));
    const settings = new Settings(client, new Toasts());
    await settings.load();
    expect([settings.error?.message, settings.known, settings.value.theme]).toEqual(['Locked.', false, 'system']);
  });
});

describe('quiet hours', () => {
  const quiet = (more: Partial<QuietHours> = {}): QuietHours => ({
    from: '22:00',
    to: '07:00',
    days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    zone: 'UTC',
    criticalAnyway: true,
    ...more,
  });

  it('are told in words', () => {
    expect(quietSentence(null)).toBe('You are told at any hour.');
    expect(quietSentence(quiet())).toBe(
      'Quiet every day, from 22:00 to 07:00 the next morning (UTC). Critical alerts still reach you at once. The rest comes as one summary at 07:00.',
    );
    expect(quietSentence(quiet({ from: '12:00', to: '13:00', days: ['sun'], criticalAnyway: false }))).toBe(
      'Quiet Sunday, from 12:00 to 13:00 (UTC). Nothing reaches you, not even critical alerts. The rest comes as one summary at 13:00.',
    );
    expect(quietSentence(quiet({ days: [] }))).toContain('never quiet');
    expect(quietSentence(quiet({ from: 'x' }))).toContain('Write both times');
  });

  it('name days shortly', () => {
    expect(daysWords(['fri', 'mon', 'tue', 'wed', 'thu'])).toBe('Monday to Friday');
    expect(daysWords(['sun', 'sat'])).toBe('Saturday and Sunday');
    expect(daysWords(['mon', 'wed', 'fri'])).toBe('Monday, Wednesday and Friday');
    expect(daysWords([])).toBe('no day');
  });

  it('know whether it is quiet, over midnight and in another zone', () => {
    const at = (day: number, hour: number, minute = 0): number => Date.UTC(2026, 10, day, hour, minute);
    // 22 November 2026 is a Sunday.
    const sunday = quiet({ days: ['sun'] });
    expect(
      [at(22, 21, 59), at(22, 22), at(23, 6, 59), at(23, 7), at(23, 22)].map((now) => isQuiet(sunday, now)),
    ).toEqual([false, true, true, false, false]);
    const noon = quiet({ from: '12:00', to: '13:00', zone: 'Asia/Tokyo' });
    expect([at(22, 2, 59), at(22, 3), at(22, 4)].map((now) => isQuiet(noon, now))).toEqual([false, true, false]);
    expect(isQuiet(quiet({ zone: 'Nowhere/City' }), NOW)).toBe(false);
    expect(isQuiet(null, NOW)).toBe(false);
  });

  it('read times strictly', () => {
    expect(['00:00', '23:59', '24:00', '7:00', ''].map(minutesOf)).toEqual([0, 1439, null, null, null]);
  });
});

describe('what is kept', () => {
  const none = { alerts: 0, deliveries: 0, quarantined: 0, events: 0, bytesFreed: 0, oldestKept: null, keptOpen: 0 };
  it('is told in words', () => {
    expect(retentionSentence(none, 1_300_000, 'utc')).toBe('Nothing would go now. The database has 1.3 MB.');
    expect(retentionSentence({ ...none, keptOpen: 1 }, null, 'utc')).toBe(
      'Nothing would go now. One old alert stays because it is open.',
    );
    const some = { ...none, alerts: 1_204, bytesFreed: 14_000_000, oldestKept: Date.UTC(2026, 2, 4), keptOpen: 12 };
    expect(retentionSentence(some, null, 'utc')).toBe(
      'Now 1,204 alerts would go, which frees about 14.0 MB. The oldest that stays is from 4 Mar 2026. 12 old alerts stay because they are open. This happens once a day by itself.',
    );
    expect(retentionTotal({ ...none, deliveries: 2 })).toBe('2 old deliveries');
    expect(retentionTotal({ ...none, quarantined: 1 })).toBe('1 unreadable part');
    expect(retentionTotal({ ...none, events: 1 })).toBe('1 event of a feed');
    expect(retentionTotal({ ...none, alerts: 2, events: 3_000 })).toBe('2 alerts and 3,000 events of feeds');
    expect(retentionIsEmpty(none)).toBe(true);
    expect(retentionSentence({ ...none, events: 5 }, null, 'utc')).toContain('Now 5 events of feeds would go');
  });
});

describe('finding by a few letters', () => {
  const best = (letters: string, texts: string[]): string | undefined =>
    texts
      .map((text) => ({ text, found: fuzzy(letters, text) }))
      .filter((one) => one.found !== null)
      .sort((a, b) => (b.found?.score ?? 0) - (a.found?.score ?? 0))[0]?.text;

  it('prefers the beginnings of words, then what stands together', () => {
    expect(best('sett', ['Reset times', 'Settings', 'Show every text twice'])).toBe('Settings');
    expect(best('td', ['Theme: dark', 'standard'])).toBe('Theme: dark');
    expect(best('back', ['Snooze, back later', 'Back up the database'])).toBe('Back up the database');
  });
  it('marks the letters, and finds nothing where one is missing', () => {
    expect(fuzzy('tdk', 'Theme: dark')?.at).toEqual([0, 7, 10]);
    expect(fuzzy('dark', 'Theme: dark')?.at).toEqual([7, 8, 9, 10]);
    expect(fuzzy('darkx', 'Theme: dark')).toBeNull();
    expect(fuzzy('', 'anything')?.at).toEqual([]);
  });
  it('takes letters as they are, whatever they would mean in a pattern', () => {
    expect(fuzzy('.*(', 'a')).toBeNull();
    expect(fuzzy('(', 'a (b)')?.at).toEqual([2]);
    expect(fuzzy('i', 'İ')).toBeNull();
  });
});

describe('the palette', () => {
  const make = async () => {
    const client = new FakeClient({ alerts: 40, now: () => NOW });
    const app = new App(client, () => NOW);
    const stop = app.start();
    await settle();
    stop();
    return { app, client, palette: new Palette(app) };
  };
  const labels = (palette: Palette): string[] => palette.matches.map(({ entry }) => entry.label);

  it('offers places and views first, and every source', async () => {
    const { palette } = await make();
    expect(labels(palette).slice(0, 4)).toEqual(['Alerts', 'Rules', 'Sources', 'Settings']);
    expect(labels(palette)).toContain('gateway-events');
    expect(new Set(palette.matches.map(({ entry }) => entry.id)).size).toBe(palette.matches.length);
  });

  it('finds by other words too, and goes round', async () => {
    const { palette } = await make();
    palette.type('preferences');
    expect(labels(palette)).toContain('Settings');
    palette.type('theme');
    const many = palette.matches.length;
    palette.move(-1);
    expect(palette.cursor).toBe(many - 1);
    palette.move(1);
    expect(palette.cursor).toBe(0);
  });

  it('looks for alerts after a pause, and only for what was typed last', async () => {
    vi.useFakeTimers();
    const { palette, client } = await make();
    const before = client.calls.listAlerts ?? 0;
    palette.type('po');
    palette.type('policy');
    await vi.advanceTimersByTimeAsync(200);
    expect((client.calls.listAlerts ?? 0) - before).toBe(1);
    expect(palette.matches.some(({ entry }) => entry.group === 'Alerts')).toBe(true);
    palette.type('severty:x');
    await vi.advanceTimersByTimeAsync(200);
    expect(palette.busy).toBe(false);
    expect(palette.matches.some(({ entry }) => entry.group === 'Alerts')).toBe(false);
    vi.useRealTimers();
  });

  it('runs what is at the cursor after it has closed', async () => {
    const { app, palette } = await make();
    app.over = 'palette';
    palette.type('theme: dark');
    palette.run();
    expect([app.over, app.settings.value.theme]).toEqual([null, 'system']);
    await settle();
    expect(app.settings.value.theme).toBe('dark');
  });
});

describe('the keys', () => {
  it('are listed once each', () => {
    const all = SHORTCUTS.flatMap((group) =>
      group.keys.map((one) => `${one.screen === 'rules' ? 'rules ' : ''}${one.keys}`),
    );
    expect(new Set(all).size).toBe(all.length);
  });

  it('are pressed as a person would', () => {
    const seen: string[] = [];
    const listen = (event: KeyboardEvent): void => void seen.push(`${event.ctrlKey ? 'Ctrl+' : ''}${event.key}`);
    window.addEventListener('keydown', listen);
    for (const keys of ['g a', 'Ctrl+A', 'Esc', '?']) press(keys);
    window.removeEventListener('keydown', listen);
    expect(seen).toEqual(['g', 'a', 'Ctrl+a', 'Escape', '?']);
  });
});
