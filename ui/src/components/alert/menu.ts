/** The lines of the menu on a row or on a value in it. */
import AlarmClock from '@lucide/svelte/icons/alarm-clock';
import Archive from '@lucide/svelte/icons/archive';
import Check from '@lucide/svelte/icons/check';
import Copy from '@lucide/svelte/icons/copy';
import Filter from '@lucide/svelte/icons/list-filter';
import FilterX from '@lucide/svelte/icons/funnel-x';
import PanelRight from '@lucide/svelte/icons/panel-right';
import RotateCcw from '@lucide/svelte/icons/rotate-ccw';
import SquareCheck from '@lucide/svelte/icons/square-check';
import StickyNote from '@lucide/svelte/icons/sticky-note';
import UserSearch from '@lucide/svelte/icons/user-search';
import type { AlertRow } from '../../lib/ipc/client';
import { type EntityRef, entityWords } from '../../lib/text/entities';
import { plainText } from '../../lib/text/safe';
import { exact } from '../../lib/text/time';
import { count, severityLabel, statusLabel } from '../../lib/text/words';
import type { Act } from './ActionButtons.svelte';
import { offeredFor } from './offered';
import type { MenuLine } from '../ui/Menu.svelte';

/** A value of an alert: what a query calls its field, the value itself, and how it is shown. */
export interface Value {
  /** None where a query cannot ask for it. */
  field: string | null;
  value: string;
  shown: string;
  entity?: EntityRef;
}

/** The value in a column of a row; none where the row has none. */
export function valueIn(row: AlertRow, column: string | null): Value | null {
  const text = (field: string | null, value: string | null, shown = value): Value | null =>
    value === null || value === '' ? null : { field, value, shown: shown ?? value };
  switch (column) {
    case 'severity':
      return text('severity', row.severity, severityLabel(row.severity));
    case 'status':
      return text('status', row.status, statusLabel(row.status));
    case 'source':
      return text('source', row.source);
    case 'alertType':
      return text('type', row.alertType);
    case 'category':
      return text('category', row.category);
    case 'title':
      return text('title', row.title);
    case 'time':
      return text(null, exact(row.time).split('\n').at(-1) ?? null);
    case 'received':
      return text(null, exact(row.receivedAt).split('\n').at(-1) ?? null);
    case 'updated':
      return text(null, exact(row.updatedAt).split('\n').at(-1) ?? null);
    default:
      return null;
  }
}

export const valueOfEntity = (entity: EntityRef): Value => ({
  field: entityWords(entity.kind).field,
  value: entity.value,
  shown: entity.value,
  entity,
});

const MOST_SHOWN = 32;
/** A value as a menu can show it. */
function short(text: string): string {
  const chars = Array.from(plainText(text));
  return chars.length <= MOST_SHOWN ? chars.join('') : `${chars.slice(0, MOST_SHOWN - 1).join('')}…`;
}

/** What the menu can do. */
export interface MenuDoes {
  only(value: Value): void;
  hide(value: Value): void;
  copy(text: string, what: string): void;
  entity(entity: EntityRef): void;
  act(what: Act): void;
  open(): void;
  select(): void;
}

/** Lines for a value, wherever it stands. */
export function valueLines(value: Value, does: Pick<MenuDoes, 'only' | 'hide' | 'copy' | 'entity'>): MenuLine[] {
  const lines: MenuLine[] = [];
  const { entity } = value;
  const quoted = `“${short(value.shown)}”`;
  if (entity !== undefined) {
    const label = `Show all of this ${entityWords(entity.kind).one}`;
    lines.push({ id: 'entity', label, Icon: UserSearch, run: () => does.entity(entity) });
  }
  if (value.field !== null) {
    lines.push({ id: 'only', label: `Show only ${quoted}`, Icon: Filter, run: () => does.only(value) });
    lines.push({ id: 'hide', label: `Hide ${quoted}`, Icon: FilterX, run: () => does.hide(value) });
  }
  lines.push({ id: 'copy', label: `Copy ${quoted}`, Icon: Copy, run: () => does.copy(value.shown, 'the value') });
  return lines;
}

const ACTS: Record<Act, { label: string; key: string; Icon: typeof Check }> = {
  acknowledge: { label: 'Acknowledge', key: 'a', Icon: Check },
  snooze: { label: 'Snooze…', key: 's', Icon: AlarmClock },
  close: { label: 'Close…', key: 'e', Icon: Archive },
  reopen: { label: 'Reopen', key: 'o', Icon: RotateCcw },
  note: { label: 'Note…', key: 'n', Icon: StickyNote },
};
const EVERY: readonly Act[] = ['acknowledge', 'snooze', 'close', 'reopen', 'note'];

/** Lines for a row, with those of the value pointed at first. `many`: it is one of so many selected. */
export function rowLines(row: AlertRow, value: Value | null, many: number, now: number, does: MenuDoes): MenuLine[] {
  const lines: MenuLine[] = value === null ? [] : [...valueLines(value, does), null];
  if (many > 1) lines.push({ id: 'heading', label: `The ${count(many, 'selected alert')}` });
  else lines.push({ id: 'open', label: 'Open', shortcut: 'Enter', Icon: PanelRight, run: () => does.open() });
  for (const act of many > 1 ? EVERY : offeredFor(row, now)) {
    const { label, key, Icon } = ACTS[act];
    lines.push({ id: act, label, shortcut: key, Icon, run: () => does.act(act) });
  }
  lines.push(null, {
    id: 'select',
    label: 'Select, or not',
    shortcut: 'x',
    Icon: SquareCheck,
    run: () => does.select(),
  });
  lines.push({ id: 'copy-id', label: 'Copy the id', Icon: Copy, run: () => does.copy(row.id, 'the id') });
  return lines;
}
