/** What happened to an alert, as sentences. */
import type { ActionSpec, ActivityView } from '../ipc/client';
import { local } from './time';
import { CLOSE_REASONS, reasonLabel } from './words';

const ACTORS: Record<string, string> = { you: 'You', source: 'The source', tocsin: 'Tocsin' };
const DID: Record<string, string> = {
  received: 'reported it',
  updated: 'reported it again',
  acknowledged: 'acknowledged it',
  snoozed: 'snoozed it',
  closed: 'closed it',
  reopened: 'reopened it',
  noted: 'wrote a note',
  undone: 'took it back',
  notified: 'sent a notification',
  summarised: 'told it in a summary',
  skipped: 'sent no notification',
  'not-notified': 'sent no notification',
};
/** Why a notification was not shown, by the engine's word. */
const WHY_NOT: Record<string, string> = {
  'already-closed': 'It was closed before its turn came.',
  'already-acknowledged': 'It was acknowledged before its turn came.',
  snoozed: 'It was snoozed before its turn came.',
  'no-server': 'This desktop shows no notifications.',
  'below-severity': 'Its severity is below the one that notifies. Settings say which does.',
  'quiet-hours': 'It came in the quiet hours. Their end brings a summary.',
  demo: 'Demo alerts never notify.',
};

/** “You closed it”. */
export const activitySentence = (step: ActivityView): string =>
  `${ACTORS[step.actor] ?? step.actor} ${DID[step.what] ?? step.what}`;

/** “benign: the owner knows” as its reason and its note. */
function closing(detail: string): { reason: string; note: string | null } {
  const at = detail.indexOf(': ');
  return at === -1 ? { reason: detail, note: null } : { reason: detail.slice(0, at), note: detail.slice(at + 2) };
}

/** The particulars; may be empty. */
export function activityDetail(step: ActivityView): string {
  if (step.what === 'closed') {
    const { reason, note } = closing(step.detail);
    return note === null ? reasonLabel(reason) : `${reasonLabel(reason)}: ${note}`;
  }
  if (step.what === 'snoozed' && step.detail.startsWith('until ')) {
    const until = Date.parse(step.detail.slice('until '.length));
    return Number.isNaN(until) ? step.detail : `until ${local(until)}`;
  }
  if (step.what === 'skipped' || step.what === 'not-notified') return WHY_NOT[step.detail] ?? step.detail;
  return step.detail;
}

const isReason = (word: string): boolean => CLOSE_REASONS.some((reason) => reason === word);

/**
 * The action that does to another alert what people did to this one last: its closing with the reason and the note
 * written with it; none when it was not closed by a person.
 */
export function sameAgain(how: readonly ActivityView[], closeReason: string | null): ActionSpec | null {
  const done = how.filter((step) => !step.undone && step.actor === 'you');
  const closed = done.findLast((step) => step.what === 'closed');
  if (closed === undefined) return done.some((step) => step.what === 'acknowledged') ? { kind: 'acknowledge' } : null;
  const { reason } = closing(closed.detail);
  const known = [reason, closeReason].find((word) => word !== null && isReason(word)) ?? null;
  return known === null ? null : { kind: 'close', reason: known, note: noteOf(done) };
}

/** What people wrote last, by itself or while closing it. */
export function noteOf(how: readonly ActivityView[]): string | null {
  for (const step of how.toReversed()) {
    if (step.undone) continue;
    const note = step.what === 'noted' ? step.detail : step.what === 'closed' ? closing(step.detail).note : null;
    if (note !== null) return note;
  }
  return null;
}
