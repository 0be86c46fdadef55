/** The rules that are kept, what the list shows of them, and what is done to them from there. */
import { copyText } from '../clipboard';
import type { Client, DraftView, RuleRow, RuleState } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import type { FieldRegistry } from '../rule/fields.svelte';
import { arrange, countsOf, type Shown, type Sort, type SortKey } from '../rules/arrange';
import { docOf, type Entry, entryOf, isNew, STATE_WORDS } from '../rules/entry';
import { FORMAT_WORDS, printRules, type RuleFormat } from '../rules/print';
import { count } from '../text/words';
import type { Toasts } from './toasts.svelte';

export type RulesTab = 'rules' | 'catalogue';

/** Something that can be taken back, and the message that offers it. */
interface Done {
  toast: number;
  back: () => Promise<void>;
  said: string;
}

/** “Rule “X””, “3 rules”. */
const named = (names: readonly string[]): string =>
  names.length === 1 ? `“${names[0] ?? ''}”` : count(names.length, 'rule');

export class RuleList {
  list = $state.raw<RuleRow[]>([]);
  drafts = $state.raw<DraftView[]>([]);
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state<ClientError | null>(null);
  tab = $state<RulesTab>('rules');
  search = $state('');
  shown = $state<Shown>('all');
  sort = $state.raw<Sort>({ key: 'name', turned: false });
  /** The rule that keys are for. */
  cursor = $state<string | null>(null);
  selected = $state.raw<ReadonlySet<string>>(new Set());
  busy = $state(false);
  #request = 0;
  #done = $state.raw<Done[]>([]);

  readonly entries: Entry[] = $derived.by(() => {
    const now = this.now();
    return this.list.map((row) => entryOf(row, this.fields.byName, this.drafts, now));
  });
  readonly counts = $derived(countsOf(this.entries));
  readonly arranged: Entry[] = $derived(
    arrange(this.entries, { search: this.search, shown: this.shown, sort: this.sort }),
  );
  /** Rules that were begun and never saved, the latest first. */
  readonly begun = $derived(this.drafts.filter(isNew).toSorted((a, b) => b.updatedAt - a.updatedAt));
  readonly names = $derived(this.list.map(({ name }) => name));
  readonly at = $derived(this.arranged.findIndex(({ name }) => name === this.cursor));

  constructor(
    private readonly client: Client,
    private readonly toasts: Toasts,
    private readonly fields: FieldRegistry,
    private readonly now: () => number = Date.now,
  ) {}

  async load(): Promise<void> {
    this.#request += 1;
    const request = this.#request;
    void this.fields.load();
    try {
      const [list, drafts] = await Promise.all([this.client.listRules(), this.client.listDrafts()]);
      if (request !== this.#request) return;
      this.list = list;
      this.drafts = drafts;
      this.phase = 'ready';
      this.error = null;
      const known = new Set(list.map(({ name }) => name));
      if ([...this.selected].some((name) => !known.has(name))) {
        this.selected = new Set([...this.selected].filter((name) => known.has(name)));
      }
    } catch (thrown) {
      if (request !== this.#request) return;
      this.error = toClientError(thrown);
      if (this.phase === 'loading') this.phase = 'failed';
    }
  }

  // Moving and selecting.

  get current(): Entry | null {
    return this.arranged[this.at] ?? null;
  }

  move(by: number): void {
    const last = this.arranged.length - 1;
    const to = this.at === -1 ? (by > 0 ? 0 : last) : Math.min(last, Math.max(0, this.at + by));
    this.cursor = this.arranged[to]?.name ?? null;
  }

  moveTo(at: number): void {
    this.cursor = this.arranged[Math.min(this.arranged.length - 1, Math.max(0, at))]?.name ?? null;
  }

  toggle(name: string): void {
    const next = new Set(this.selected);
    if (!next.delete(name)) next.add(name);
    this.selected = next;
  }

  /** All that are shown, or none when they are selected already. */
  toggleAll(): void {
    const names = this.arranged.map(({ name }) => name);
    const all = names.length > 0 && names.every((name) => this.selected.has(name));
    this.selected = new Set(all ? [] : names);
  }

  clearSelection(): void {
    this.selected = new Set();
  }

  /** Those selected and in sight, or the one at the cursor. */
  targets(): string[] {
    const chosen = this.arranged.filter(({ name }) => this.selected.has(name)).map(({ name }) => name);
    if (chosen.length > 0) return chosen;
    return this.current === null ? [] : [this.current.name];
  }

  sortBy(key: SortKey): void {
    this.sort = { key, turned: this.sort.key === key && !this.sort.turned };
  }

  // Doing.

  #find(name: string): RuleRow | undefined {
    return this.list.find((row) => row.name === name);
  }

  /** Does it to each; what failed is said, the rest stands. Answers those it was done to. */
  async #each<T>(names: readonly string[], act: (name: string) => Promise<T>): Promise<Map<string, T>> {
    const done = new Map<string, T>();
    const failed: string[] = [];
    this.busy = true;
    for (const name of names) {
      try {
        done.set(name, await act(name));
      } catch (thrown) {
        failed.push(`${name}: ${toClientError(thrown).message}`);
      }
    }
    this.busy = false;
    if (failed.length > 0) {
      const text = failed.length === 1 ? (failed[0] ?? '') : `${count(failed.length, 'rule')} stayed as they were`;
      this.toasts.show({ text, details: failed.length === 1 ? [] : failed.slice(0, 3), tone: 'danger' });
    }
    await this.load();
    return done;
  }

  #offer(said: string, details: string[], back: () => Promise<void>): void {
    const done: Done = { toast: 0, said, back };
    const run = (): void => void this.#undo(done);
    done.toast = this.toasts.show({ text: said, details, action: { label: 'Undo', run } });
    this.#done = [...this.#done, done].slice(-50);
  }

  async #undo(done: Done): Promise<void> {
    if (!this.#done.includes(done)) return;
    this.#done = this.#done.filter((other) => other !== done);
    this.toasts.dismiss(done.toast);
    try {
      await done.back();
      this.toasts.show({ text: `Undone: ${done.said.slice(0, 1).toLowerCase()}${done.said.slice(1)}` });
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
    await this.load();
  }

  get canUndo(): boolean {
    return this.#done.length > 0;
  }

  async undoLast(): Promise<void> {
    const last = this.#done.at(-1);
    if (last !== undefined) await this.#undo(last);
  }

  async setState(names: readonly string[], state: RuleState): Promise<void> {
    const rows = names.flatMap((name) => this.#find(name) ?? []);
    const turned = rows.filter((row) => row.state !== state || (state === 'live' && row.candidate !== null));
    if (turned.length === 0) {
      if (rows.length > 0) this.toasts.show({ text: `${named(names)}: ${STATE_WORDS[state].toLowerCase()} already` });
      return;
    }
    const before = new Map(turned.map((row) => [row.name, row]));
    const done = await this.#each([...before.keys()], (name) => this.client.setRuleState(name, state));
    if (done.size === 0) return;
    const promoted = [...done].filter(([name, row]) => row.version !== before.get(name)?.version);
    const details = promoted.map(
      ([name, row]) =>
        `Version ${row.version} of “${name}” takes the place of version ${before.get(name)?.version ?? 0}.`,
    );
    const how = { off: 'Switched off', shadow: 'Records only', live: 'Live' }[state];
    this.#offer(`${how}: ${named([...done.keys()])}`, details.slice(0, 3), async () => {
      for (const [name] of done) {
        const row = before.get(name);
        if (row !== undefined)
          await this.#putBack(
            row,
            promoted.some(([other]) => other === name),
          );
      }
    });
  }

  /** As it ran before; what was promoted gives way to what it replaced. */
  async #putBack(row: RuleRow, promoted: boolean): Promise<void> {
    if (promoted) await this.client.restoreVersion(row.name, row.version);
    const state = row.state === 'live' || row.state === 'off' ? row.state : 'shadow';
    await this.client.setRuleState(row.name, state);
  }

  async remove(names: readonly string[]): Promise<void> {
    const [next] = this.arranged.slice(this.at + 1).filter(({ name }) => !names.includes(name));
    const done = await this.#each(names, (name) => this.client.removeRule(name));
    if (done.size === 0) return;
    this.selected = new Set([...this.selected].filter((name) => !done.has(name)));
    if (this.cursor !== null && done.has(this.cursor)) this.cursor = next?.name ?? this.arranged.at(-1)?.name ?? null;
    this.#offer(`Removed ${named([...done.keys()])}`, ['Its alerts and firings stay.'], async () => {
      for (const name of done.keys()) await this.client.unremoveRule(name);
      this.cursor = [...done.keys()][0] ?? this.cursor;
    });
  }

  async discardCandidate(name: string): Promise<void> {
    const waiting = this.#find(name)?.candidate ?? null;
    const done = await this.#each([name], (one) => this.client.discardCandidate(one));
    if (done.size === 0 || waiting === null) return;
    this.#offer(`Took version ${waiting} of “${name}” back`, [], async () => {
      await this.client.restoreVersion(name, waiting);
    });
  }

  /** Writes rules into a file; none named writes all. */
  async export(names: readonly string[], format: RuleFormat): Promise<void> {
    try {
      const { path, rows } = await this.client.exportRules([...names], format);
      if (path !== null) this.toasts.show({ text: `Exported ${count(rows, 'rule')}`, details: [path] });
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }

  /** Puts rules on the clipboard, as importing takes them; none named copies all. */
  async copy(names: readonly string[], format: RuleFormat): Promise<void> {
    const wanted = names.length === 0 ? this.list : this.list.filter(({ name }) => names.includes(name));
    const text = printRules(
      wanted.map(({ document }) => docOf(document)),
      format,
    );
    try {
      await copyText(text);
      this.toasts.show({ text: `Copied ${count(wanted.length, 'rule')} as ${FORMAT_WORDS[format]}` });
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }

  async discardDraft(draft: DraftView): Promise<void> {
    try {
      await this.client.removeDraft(draft.key);
      this.#offer('Threw the draft away', [], () => this.client.saveDraft(draft.key, draft.text));
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
    await this.load();
  }

  /** What another part did to rules, to be taken back here. */
  tell(said: string, details: string[], back: () => Promise<void>): void {
    this.#offer(said, details, back);
  }
}
