/** What a person has set: saved at once, one thing at a time, and each can be taken back. */
import type { Client, RetentionView, SettingsView } from '../ipc/client';
import { ClientError, toClientError } from '../ipc/errors';
import type { Toasts } from './toasts.svelte';

/** Until they are read; as the engine has them where nobody has set anything. */
const USUAL: SettingsView = {
  theme: 'system',
  times: 'local',
  density: 'comfortable',
  notify: { from: 'medium', quietHours: null },
  retention: { days: 365, megabytes: 2048, keepOpen: true },
  closeToTray: false,
  autostart: false,
  firstRunDone: false,
};

/** A setting by its name, and what it is to be. */
type Path =
  | keyof Pick<SettingsView, 'theme' | 'times' | 'density' | 'closeToTray' | 'autostart' | 'firstRunDone'>
  | 'notify.from'
  | 'notify.quietHours'
  | 'retention.days'
  | 'retention.megabytes';
type Json = Record<string, unknown>;

function read(settings: SettingsView, path: Path): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Json)[key], settings);
}

function written(settings: SettingsView, path: Path, value: unknown): SettingsView {
  const next = JSON.parse(JSON.stringify(settings)) as Json;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const owner = keys.reduce<Json>((at, key) => at[key] as Json, next);
  owner[last] = value;
  return next as unknown as SettingsView;
}

interface Undoable {
  path: Path;
  value: unknown;
  said: string;
  toast: number;
}

export class Settings {
  value = $state.raw<SettingsView>(USUAL);
  /** Whether they were read. */
  known = $state(false);
  error = $state<ClientError | null>(null);
  /** Why a setting could not be kept, by its path. */
  errors = $state.raw<Record<string, string>>({});
  #done: Undoable[] = [];
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly client: Client,
    private readonly toasts: Toasts,
  ) {}

  async load(): Promise<void> {
    try {
      this.value = await this.client.getSettings();
      this.known = true;
      this.error = null;
    } catch (thrown) {
      this.error = toClientError(thrown);
    }
  }

  /** Keeps a setting and says so; what cannot be is said beside it. Answers whether it was kept. */
  set(path: Path, value: unknown, said: string): Promise<boolean> {
    return this.#inTurn(async () => {
      const before = JSON.parse(JSON.stringify(read(this.value, path) ?? null)) as unknown;
      if (JSON.stringify(before) === JSON.stringify(value)) {
        this.#forget(path);
        return true;
      }
      if (!(await this.#keep(path, value))) return false;
      const done: Undoable = { path, value: before, said, toast: 0 };
      done.toast = this.toasts.show({ text: said, action: { label: 'Undo', run: () => void this.#undo(done) } });
      this.#done.push(done);
      return true;
    });
  }

  /** The same without a word, for what is no choice of its own. */
  setQuietly(path: Path, value: unknown): Promise<boolean> {
    return this.#inTurn(() => this.#keep(path, value));
  }

  /** Whether there is something to take back. */
  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  async undoLast(): Promise<void> {
    const last = this.#done.at(-1);
    if (last !== undefined) await this.#undo(last);
  }

  async #undo(done: Undoable): Promise<void> {
    this.#done = this.#done.filter((other) => other !== done);
    this.toasts.dismiss(done.toast);
    await this.#inTurn(async () => {
      const kept = await this.#keep(done.path, done.value);
      if (kept) this.toasts.show({ text: `Undone: ${done.said}` });
      else this.toasts.show({ text: this.errors[done.path] ?? 'It could not be undone.', tone: 'danger' });
      return kept;
    });
  }

  /** One after the other: each begins with what the one before has kept. */
  #inTurn(work: () => Promise<boolean>): Promise<boolean> {
    const turn = this.#queue.then(work);
    this.#queue = turn.then(
      () => undefined,
      () => undefined,
    );
    return turn;
  }

  async #keep(path: Path, value: unknown): Promise<boolean> {
    const before = this.value;
    // Shown at once: the hand should not wait for the disk.
    this.value = written(before, path, value);
    this.#forget(path);
    try {
      this.value = await this.client.setSettings(this.value);
      this.known = true;
      return true;
    } catch (thrown) {
      this.value = before;
      const error = toClientError(thrown);
      this.errors = { ...this.errors, [error.field ?? path]: error.message };
      return false;
    }
  }

  #forget(path: Path): void {
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([one]) => !one.startsWith(path)));
  }

  /** Why what is at `path`, or below it, could not be kept. */
  errorAt(path: string): string | null {
    return this.errors[path] ?? null;
  }

  /** What would go now under these limits. */
  previewRetention(days: number | null, megabytes: number | null): Promise<RetentionView> {
    return this.client.previewRetention(days, megabytes);
  }
  applyRetention(): Promise<RetentionView> {
    return this.client.applyRetention();
  }
}
