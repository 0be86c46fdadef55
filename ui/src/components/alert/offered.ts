/** What can be done to an alert as it stands. */
import type { AlertRow } from '../../lib/ipc/client';
import type { Act } from './ActionButtons.svelte';

export function offeredFor(row: AlertRow, now: number): Act[] {
  if (row.status === 'closed') return ['reopen', 'note'];
  const open: Act[] = row.status === 'new' ? ['acknowledge', 'snooze', 'close'] : ['snooze', 'close'];
  if (row.snoozedUntil !== null && row.snoozedUntil > now) open.push('reopen');
  return [...open, 'note'];
}
