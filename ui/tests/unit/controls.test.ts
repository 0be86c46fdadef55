// Menus, popovers and what is chosen with: by keys alone, and with names that a screen reader says.
import { fireEvent, render, screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import Menu, { type MenuLine } from '../../src/components/ui/Menu.svelte';
import MenuButton from '../../src/components/ui/MenuButton.svelte';
import { placeBeside } from '../../src/components/ui/place';
import Segmented from '../../src/components/ui/Segmented.svelte';
import Select from '../../src/components/ui/Select.svelte';
import Switch from '../../src/components/ui/Switch.svelte';

const focused = (): string => document.activeElement?.textContent?.trim() ?? '';

describe('a menu', () => {
  const open = (more: Partial<{ stays: boolean }> = {}) => {
    const ran: string[] = [];
    const line = (id: string, label: string): MenuLine => ({ id, label, run: () => void ran.push(id) });
    const onclose = vi.fn(() => void ran.push('closed'));
    const lines: MenuLine[] = [
      { id: 'head', label: 'Source' },
      line('in', 'Filter in'),
      line('out', 'Filter out'),
      null,
      { ...line('copy', 'Copy'), disabled: 'Nothing to copy' } as MenuLine,
      line('open', 'Open'),
    ];
    render(Menu, { label: 'Value', lines, at: { x: 5, y: 5 }, onclose, ...more });
    return { ran, onclose, menu: screen.getByRole('menu') };
  };

  it('takes the focus, goes round with the arrows, and to both ends', async () => {
    const { menu } = open();
    expect(focused()).toBe('Filter in');
    await fireEvent.keyDown(menu, { key: 'ArrowDown' });
    expect(focused()).toBe('Filter out');
    await fireEvent.keyDown(menu, { key: 'End' });
    expect(focused()).toBe('Open');
    await fireEvent.keyDown(menu, { key: 'ArrowDown' });
    expect(focused()).toBe('Filter in');
    await fireEvent.keyDown(menu, { key: 'ArrowUp' });
    expect(focused()).toBe('Open');
  });

  it('finds a line by its first letter, again and again', async () => {
    const { menu } = open();
    await fireEvent.keyDown(menu, { key: 'o' });
    expect(focused()).toBe('Open');
    await fireEvent.keyDown(menu, { key: 'F' });
    expect(focused()).toBe('Filter in');
    await fireEvent.keyDown(menu, { key: 'f' });
    expect(focused()).toBe('Filter out');
  });

  it('closes before it runs, and keeps its keys to itself', async () => {
    const { menu, ran } = open();
    const outside = vi.fn();
    window.addEventListener('keydown', outside);
    await fireEvent.keyDown(menu, { key: 'Escape' });
    window.removeEventListener('keydown', outside);
    expect([ran, outside.mock.calls.length]).toEqual([['closed'], 0]);
    await fireEvent.click(screen.getByTestId('menu-out'));
    expect(ran).toEqual(['closed', 'closed', 'out']);
  });

  it('does nothing on a line that cannot be chosen, and stays where lines are switched', async () => {
    const { ran, onclose } = open({ stays: true });
    await fireEvent.click(screen.getByTestId('menu-copy'));
    await fireEvent.click(screen.getByTestId('menu-in'));
    expect([ran, onclose.mock.calls.length]).toEqual([['in'], 0]);
  });

  it('opens from its button with the arrow key and says so', async () => {
    render(MenuButton, { label: 'More', lines: [{ id: 'a', label: 'A', run: () => undefined }] });
    const button = screen.getByRole('button', { name: 'More' });
    expect(button.getAttribute('aria-expanded')).toBe('false');
    await fireEvent.keyDown(button, { key: 'ArrowDown' });
    expect(button.getAttribute('aria-expanded')).toBe('true');
    await fireEvent.keyDown(screen.getByRole('menu'), { key: 'Escape' });
    expect(screen.queryByRole('menu')).toBeNull();
  });
});

describe('what floats', () => {
  const room = { width: 1000, height: 700 };
  const size = { width: 200, height: 100 };
  const box = (left: number, top: number) => ({ left, right: left + 40, top, bottom: top + 30 });

  it('stands below, above where there is no room, and never outside', () => {
    expect(placeBeside(box(100, 100), size, room, 'below-start')).toEqual({ x: 100, y: 134 });
    expect(placeBeside(box(100, 100), size, room, 'below-end')).toEqual({ x: 8, y: 134 });
    expect(placeBeside(box(950, 650), size, room, 'below-start')).toEqual({ x: 792, y: 546 });
    expect(placeBeside(box(500, 300), size, room, 'above')).toEqual({ x: 420, y: 196 });
    expect(placeBeside(box(500, 20), size, room, 'above')).toEqual({ x: 420, y: 54 });
  });
  it('keeps its beginning in sight where it is larger than the window', () => {
    expect(placeBeside(box(10, 10), { width: 2000, height: 2000 }, room, 'below-start')).toEqual({ x: 8, y: 8 });
  });
});

describe('what is chosen with', () => {
  it('tells the choice', async () => {
    const onchange = vi.fn();
    const options = [
      { value: 'a', label: 'One' },
      { value: 'b', label: 'Two' },
    ];
    const first = render(Segmented, { label: 'Which', value: 'a', options, onchange });
    await fireEvent.click(screen.getByRole('radio', { name: 'Two' }));
    expect(onchange).toHaveBeenLastCalledWith('b');
    first.unmount();
    render(Select, { label: 'Which', value: 'a', options, onchange });
    await fireEvent.change(screen.getByRole('combobox', { name: 'Which' }), { target: { value: 'b' } });
    expect(onchange).toHaveBeenCalledTimes(2);
    render(Switch, { label: 'On', checked: false, onchange });
    await fireEvent.click(screen.getByRole('switch', { name: 'On' }));
    expect(onchange).toHaveBeenLastCalledWith(true);
  });
});
