/** What a person does to alerts, what came of it in words, and taking it back. */
import type { ActionDone, ActionSpec, ChangeView, Client } from '../ipc/client';
import { toClientError } from '../ipc/errors';
import { count, number, reasonLabel } from '../text/words';
import type { AlertList } from './alerts.svelte';
import type { Peek } from './peek.svelte';
import type { Toast, Toasts } from './toasts.svelte';
import { UndoStack, type Undoable } from './undo';

/** What was done, such as “Closed 3 alerts as benign”. */
export function describe(action: ActionSpec, changed: number): string {
  const alerts = count(changed, 'alert');
  switch (action.kind) {
    case 'acknowledge':
      return `Acknowledged ${alerts}`;
    case 'snooze':
      return `Snoozed ${alerts} for ${spell(action.duration)}`;
    case 'close':
      return `Closed ${alerts} as ${reasonLabel(action.reason).toLowerCase()}`;
    case 'reopen':
      return `Reopened ${alerts}`;
    case 'note':
      return changed === 1 ? 'Added the note' : `Added the note to ${alerts}`;
  }
}

/** While it runs, such as “Closing 12,345 alerts…”. */
export function progress(action: ActionSpec, alerts: number): string {
  const doing = {
    acknowledge: 'Acknowledging',
    snooze: 'Snoozing',
    close: 'Closing',
    reopen: 'Reopening',
    note: 'Noting',
  };
  return `${doing[action.kind]} ${count(alerts, 'alert')}…`;
}

const ALREADY: Record<ActionSpec['kind'], string> = {
  acknowledge: 'acknowledged already',
  snooze: 'snoozed until then already',
  close: 'closed already',
  reopen: 'open already',
  note: 'noted already',
};
/** “5 were closed already.” */
const unchangedSentence = (kind: ActionSpec['kind'], unchanged: number): string =>
  `${number(unchanged)} ${unchanged === 1 ? 'was' : 'were'} ${ALREADY[kind]}.`;

/** “1h” as “1 h”, “7d” as “7 days”, “90m” as “90 min”. */
function spell(duration: string): string {
  const amount = Number.parseInt(duration, 10);
  if (duration.endsWith('d')) return count(amount, 'day');
  return duration.endsWith('m') ? `${amount} min` : `${amount} h`;
}

/** A job that takes longer than this says that it runs, in ms. */
const SLOW_MS = 400;

/** Whom an action is for. */
export type Targets = { ids: string[] } | { query: string; count: number };

interface Done extends Undoable {
  toast: number;
}

export class AlertActions {
  busy = $state(false);
  #done = new UndoStack<Done>();
  /** Asked to undo while something ran. */
  #undos = 0;

  constructor(
    private readonly client: Client,
    private readonly list: AlertList,
    private readonly peek: Peek,
    private readonly toasts: Toasts,
  ) {}

  /** Everything that matches if that is selected, else the selection, the open alert, or the one at the cursor. */
  targets(): Targets {
    const { selection } = this.list;
    if (selection.everything) return { query: this.list.applied, count: selection.size };
    if (selection.size > 0) return { ids: selection.ids };
    const one = this.peek.id ?? this.list.cursorRow?.id;
    return { ids: one === undefined ? [] : [one] };
  }

  async act(action: ActionSpec, targets = this.targets()): Promise<void> {
    const alerts = sizeOf(targets);
    if (alerts === 0 || this.busy) return;
    await this.#run(progress(action, alerts), async () => {
      const change =
        'ids' in targets
          ? await this.client.actOnAlerts(targets.ids, action)
          : await this.client.actOnMatching(targets.query, action);
      this.#report(action, change);
      await this.#settle(change);
    });
  }

  /** What was done on a notification can be taken back here like anything else. */
  doneElsewhere(done: ActionDone): void {
    const what = done.what.charAt(0).toUpperCase() + done.what.slice(1);
    this.#offerUndo(done.changeId, `${what} ${count(done.alerts, 'alert')} from the notification`);
  }

  /** Takes the last action of this window back, then the one before it; what still runs is waited for. */
  async undoLast(): Promise<void> {
    if (this.busy) {
      this.#undos += 1;
      return;
    }
    const last = this.#done.pop();
    if (last === undefined) this.toasts.show({ text: 'Nothing to undo' });
    else await this.#undo(last);
  }

  async #undo(done: Done): Promise<void> {
    this.toasts.dismiss(done.toast);
    await this.#run('Undoing…', async () => {
      const change = await this.client.undoChange(done.changeId);
      const refused = change.refused.length > 0;
      this.toasts.show({
        text: change.changed > 0 || !refused ? `Undone: ${done.text}` : `Could not undo: ${done.text}`,
        details: change.refused,
        tone: refused ? 'warning' : 'plain',
      });
      await this.#settle(change);
    });
  }

  /** Runs one thing at a time; one that takes long says so. */
  async #run(doing: string, work: () => Promise<void>): Promise<void> {
    this.busy = true;
    let toast: number | undefined;
    const slow = setTimeout(() => {
      toast = this.toasts.show({ text: doing });
      this.toasts.hold(toast);
    }, SLOW_MS);
    try {
      await work();
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    } finally {
      clearTimeout(slow);
      if (toast !== undefined) this.toasts.dismiss(toast);
      this.busy = false;
    }
    if (this.#undos > 0) {
      this.#undos -= 1;
      await this.undoLast();
    }
  }

  #report(action: ActionSpec, change: ChangeView): void {
    const { changeId, refused, unchanged } = change;
    const tone = refused.length > 0 ? 'warning' : 'plain';
    const details = unchanged > 0 ? [unchangedSentence(action.kind, unchanged), ...refused] : [...refused];
    if (changeId === null) this.toasts.show({ text: 'Nothing changed', details, tone });
    else this.#offerUndo(changeId, describe(action, change.changed), { details, tone });
  }

  #offerUndo(changeId: string, text: string, more: Partial<Pick<Toast, 'details' | 'tone'>> = {}): void {
    const done: Done = { changeId, text, toast: 0 };
    const run = (): void => {
      if (!this.busy && this.#done.take(changeId)) void this.#undo(done);
    };
    done.toast = this.toasts.show({ ...more, text, action: { label: 'Undo', run } });
    this.#done.push(done);
  }

  /** The selection has served; the panel goes on with the next alert where its own has left the list. */
  async #settle(change: ChangeView): Promise<void> {
    const shown = this.peek.id;
    const followed = shown !== null && this.list.cursorRow?.id === shown;
    this.list.selection.clear();
    if (change.changed > change.rows.length) await this.list.reload();
    else await this.list.absorb(change.rows);
    const next = this.list.cursorRow?.id;
    if (followed && next !== undefined && next !== shown) await this.peek.open(next);
    else if (shown !== null) await this.peek.refresh();
  }
}

export const sizeOf = (targets: Targets): number => ('ids' in targets ? targets.ids.length : targets.count);
