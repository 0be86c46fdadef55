import { fireEvent, render, screen } from '@testing-library/svelte';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import CloseDialog from '../../src/components/alert/CloseDialog.svelte';
import PeekActivity from '../../src/components/alert/PeekActivity.svelte';
import PeekPayload from '../../src/components/alert/PeekPayload.svelte';
import QuarantineBody from '../../src/components/source/QuarantineBody.svelte';
import SafeText from '../../src/components/ui/SafeText.svelte';
import { ERROR_LOOKS, toClientError } from '../../src/lib/ipc/errors';
import { keyListener } from '../../src/lib/keys';

describe('components', () => {
  it('shows markup as text', () => {
    const { container } = render(SafeText, { text: '<img src=x onerror=alert(1)>' });
    expect(container.querySelector('img')).toBeNull();
    expect(container.textContent).toContain('<img src=x onerror=alert(1)>');
  });

  it('names a hidden character', () => {
    render(SafeText, { text: 'a\u202eb' });
    expect(screen.getByTitle('Hidden character: right-to-left override').textContent).toBe('U+202E');
  });

  it('lays a payload out, and shows what is not JSON as it is', async () => {
    const { rerender } = render(PeekPayload, { payload: '{"a":1.0}', oncopy: () => undefined });
    expect(screen.getAllByRole('treeitem').map((line) => line.textContent?.trim())).toEqual(['{', '"a": 1.0', '}']);
    await rerender({ payload: 'not json' });
    expect(screen.getByTestId('payload').textContent).toBe('not json');
  });

  it('strikes through what was undone', () => {
    const step = { at: 0, actor: 'you', what: 'closed', detail: 'benign', undone: true };
    const { container } = render(PeekActivity, { activity: [step], now: 0 });
    expect(container.querySelector('s')?.textContent).toBe('You closed it');
  });

  it('marks the character where reading stopped, and the end of a text', async () => {
    const { container, rerender } = render(QuarantineBody, { body: 'ab\n🔐cd', line: 2, column: 2 });
    expect(container.querySelector('mark')?.textContent).toBe('c');
    await rerender({ body: 'ab', line: 1, column: 3 });
    expect(container.querySelector('pre')?.textContent?.startsWith('ab')).toBe(true);
    expect(container.querySelector('mark')?.textContent).toContain('Reading stopped here');
  });

  it('closes with a digit, but writes digits into the note', async () => {
    const onclosealerts = vi.fn();
    render(CloseDialog, { alerts: 2, onclosealerts, oncancel: () => undefined });
    const note = screen.getByTestId('close-note');
    await fireEvent.input(note, { target: { value: 'seen 3 times' } });
    await fireEvent.keyDown(note, { key: '3' });
    expect(onclosealerts).not.toHaveBeenCalled();
    await fireEvent.keyDown(screen.getByTestId('close-benign'), { key: '3' });
    expect(onclosealerts).toHaveBeenCalledWith('false-positive', 'seen 3 times');
  });
});

describe('keys', () => {
  const press = (listen: (event: KeyboardEvent) => void, key: string, init: KeyboardEventInit = {}): void => {
    listen(new KeyboardEvent('keydown', { key, cancelable: true, ...init }));
  };

  it('knows pairs, and forgets the first key after a while', () => {
    let now = 0;
    const go = vi.fn();
    const act = vi.fn();
    const listen = keyListener(
      () => ({ 'g a': go, a: act }),
      () => now,
    );
    press(listen, 'g');
    press(listen, 'a');
    expect([go.mock.calls.length, act.mock.calls.length]).toEqual([1, 0]);
    press(listen, 'g');
    now = 2_000;
    press(listen, 'a');
    expect([go.mock.calls.length, act.mock.calls.length]).toEqual([1, 1]);
  });

  it('tells upper case and Ctrl, and leaves Alt alone', () => {
    const seen: string[] = [];
    const note = (name: string) => () => void seen.push(name);
    const listen = keyListener(() => ({ E: note('E'), e: note('e'), 'Ctrl+a': note('Ctrl+a'), a: note('a') }));
    press(listen, 'E', { shiftKey: true });
    press(listen, 'a', { ctrlKey: true });
    press(listen, 'e', { altKey: true });
    expect(seen).toEqual(['E', 'Ctrl+a']);
  });
});

describe('failures', () => {
  it('keeps the code, and calls what it does not know internal', () => {
    expect(toClientError({ code: 'conflict', message: 'Taken.', field: 'name' })).toMatchObject({
      code: 'conflict',
      message: 'Taken.',
      field: 'name',
    });
    expect(toClientError({ code: 'toString', message: 'x' }).code).toBe('internal');
    expect(toClientError('plain').message).toBe('plain');
  });
  it('has a look for every code', () => {
    for (const look of Object.values(ERROR_LOOKS)) expect(look.title).not.toBe('');
  });
});

describe('the style sheets', () => {
  const files = (readdirSync('src', { recursive: true }) as string[]).filter(
    (name) => /\.(svelte|css)$/.test(name) && !/(tokens|themes)\.css$/.test(name),
  );

  it('name colours and layers only as tokens', () => {
    expect(files.length).toBeGreaterThan(20);
    for (const name of files) {
      const text = readFileSync(join('src', name), 'utf8');
      const style = name.endsWith('.css') ? text : (text.split('<style>')[1] ?? '');
      expect(style.match(/#[0-9a-f]{3,8}\b|rgb\(|hsl\(|z-index: *-?\d/gi), name).toBeNull();
    }
  });
});
