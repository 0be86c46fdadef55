/** What an action makes of an alert. */
import type { ActionSpec, AlertRow } from '../client';
import type { FakeAlert } from './generate';

const HOUR = 3_600_000;
const UNITS: Record<string, number> = { m: 60_000, h: HOUR, d: 24 * HOUR };

/** The alert after the action; none when nothing changes; a sentence when it cannot be done. */
export function applyAction(alert: FakeAlert, action: ActionSpec, now: number): FakeAlert | string | null {
  const { row } = alert;
  const done = (change: Partial<AlertRow>, what: string, detail = '', notes = alert.notes): FakeAlert => ({
    ...alert,
    notes,
    row: { ...row, ...change, updatedAt: now },
    activity: [...alert.activity, { at: now, actor: 'you', what, detail, undone: false }],
  });
  switch (action.kind) {
    case 'acknowledge':
      if (row.status === 'closed') return 'A closed alert cannot be acknowledged: reopen it first.';
      return row.status === 'acknowledged' ? null : done({ status: 'acknowledged' }, 'acknowledged');
    case 'snooze': {
      if (row.status === 'closed') return 'A closed alert cannot be snoozed: reopen it first.';
      const unit = UNITS[action.duration.slice(-1)] ?? HOUR;
      const until = now + Number.parseInt(action.duration, 10) * unit;
      return done({ snoozedUntil: until }, 'snoozed', `for ${action.duration}`);
    }
    case 'close': {
      if (row.status === 'closed' && row.closeReason === action.reason && action.note === null) return null;
      const detail = action.note === null ? action.reason : `${action.reason}: ${action.note}`;
      const notes = [alert.notes, action.note].filter(Boolean).join('\n') || null;
      return done({ status: 'closed', closeReason: action.reason, snoozedUntil: null }, 'closed', detail, notes);
    }
    case 'reopen':
      if (row.status !== 'closed' && row.snoozedUntil === null) return null;
      return done({ status: 'new', closeReason: null, snoozedUntil: null }, 'reopened');
    case 'note':
      return done({}, 'noted', action.text, [alert.notes, action.text].filter(Boolean).join('\n'));
  }
}
