/** What a person does to alerts, what came of it in words, and taking it back. */
import type { ActionDone, ActionSpec, ChangeView, Client } from '../ipc/client';
import { toClientError } from '../ipc/errors';
import { count, reasonLabel } from '../text/words';
import type { AlertList } from './alerts.svelte';
import type { Peek } from './peek.svelte';
import type { Toast, Toasts } from './toasts.svelte';

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

const ALREADY: Record<ActionSpec['kind'], string> = {
  acknowledge: 'already acknowledged',
  snooze: 'already snoozed until then',
  close: 'already closed',
  reopen: 'already open',
  note: 'already noted',
};

/** “1h” as “1 h”, “7d” as “7 days”. */
function spell(duration: string): string {
  const amount = Number.parseInt(duration, 10);
  return duration.endsWith('d') ? count(amount, 'day') : `${amount} h`;
}

interface Done {
  changeId: string;
  text: string;
  toast: number;
}

export class AlertActions {
  busy = $state(false);
  #done: Done[] = [];

  constructor(
    private readonly client: Client,
    private readonly list: AlertList,
    private readonly peek: Peek,
    private readonly toasts: Toasts,
  ) {}

  /** The alerts an action is for: the selection, else the open one, else the one at the cursor. */
  targets(): string[] {
    if (this.list.selection.size > 0) return [...this.list.selection];
    const one = this.peek.id ?? this.list.cursorRow?.id;
    return one === undefined ? [] : [one];
  }

  async act(action: ActionSpec, ids = this.targets()): Promise<void> {
    if (ids.length === 0 || this.busy) return;
    await this.#run(async () => {
      const change = await this.client.actOnAlerts(ids, action);
      this.#report(action, change);
      await this.#settle(change);
    });
  }

  /** What was done on a notification can be taken back here like anything else. */
  doneElsewhere(done: ActionDone): void {
    const what = done.what.charAt(0).toUpperCase() + done.what.slice(1);
    this.#offerUndo(done.changeId, `${what} ${count(done.alerts, 'alert')} from the notification`);
  }

  /** Takes the last action back. */
  async undoLast(): Promise<void> {
    const last = this.#done.at(-1);
    if (last === undefined) this.toasts.show({ text: 'Nothing to undo' });
    else await this.#undo(last);
  }

  async #undo(done: Done): Promise<void> {
    if (this.busy) return;
    this.#done = this.#done.filter((other) => other !== done);
    this.toasts.dismiss(done.toast);
    await this.#run(async () => {
      const change = await this.client.undoChange(done.changeId);
      const refused = change.refused.length > 0;
      this.toasts.show({
        text: change.rows.length > 0 || !refused ? `Undone: ${done.text}` : `Could not undo: ${done.text}`,
        details: change.refused,
        tone: refused ? 'warning' : 'plain',
      });
      await this.#settle(change);
    });
  }

  async #run(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    try {
      await work();
    } catch (thrown) {
      const error = toClientError(thrown);
      this.toasts.show({ text: error.message, tone: 'danger' });
    } finally {
      this.busy = false;
    }
  }

  #report(action: ActionSpec, change: ChangeView): void {
    const { changeId, refused, unchanged } = change;
    const details = [...refused];
    if (changeId === null) {
      if (unchanged > 0) details.unshift(`${count(unchanged, 'alert')} ${ALREADY[action.kind]}.`);
      this.toasts.show({ text: 'Nothing changed', details, tone: refused.length > 0 ? 'warning' : 'plain' });
      return;
    }
    if (unchanged > 0) details.unshift(`${count(unchanged, 'other')} ${ALREADY[action.kind]}.`);
    const tone = refused.length > 0 ? 'warning' : 'plain';
    this.#offerUndo(changeId, describe(action, change.rows.length), { details, tone });
  }

  #offerUndo(changeId: string, text: string, more: Partial<Pick<Toast, 'details' | 'tone'>> = {}): void {
    const done: Done = { changeId, text, toast: 0 };
    done.toast = this.toasts.show({ ...more, text, action: { label: 'Undo', run: () => void this.#undo(done) } });
    this.#done.push(done);
  }

  /** The selection has served; the panel goes on with the next alert where its own has left the list. */
  async #settle(change: ChangeView): Promise<void> {
    const shown = this.peek.id;
    const followed = shown !== null && this.list.cursorRow?.id === shown;
    this.list.selection.clear();
    await this.list.absorb(change.rows);
    const next = this.list.cursorRow?.id;
    if (followed && next !== undefined && next !== shown) await this.peek.open(next);
    else if (change.rows.some((row) => row.id === shown)) await this.peek.refresh();
  }
}
