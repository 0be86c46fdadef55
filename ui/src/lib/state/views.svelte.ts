/** Saved views: a name for a query with its order and columns, with counts, and one the window opens on. */
import type { Client, SavedViewSpec, SavedViewView, ViewCount } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import { sameQuery } from '../query/fields';
import type { AlertFilter } from './filter.svelte';
import type { Toasts } from './toasts.svelte';

/** Counts follow live changes after this long, in ms. */
const PAUSE = 1_000;

const specOf = ({ id, name, query, sort, columns, isDefault }: SavedViewView): SavedViewSpec => ({
  id,
  name,
  query,
  sort,
  columns,
  isDefault,
});

export class SavedViews {
  list = $state.raw<SavedViewView[]>([]);
  /** The view that was chosen last; what is shown may have been changed since. */
  chosen = $state<string | null>(null);
  error = $state<ClientError | null>(null);
  readonly current = $derived(this.list.find((view) => view.id === this.chosen) ?? null);
  /** Whether what is shown is no longer what the view says. */
  readonly dirty = $derived.by(() => {
    const view = this.current;
    if (view === null) return false;
    return view.sort !== this.filter.sort || !sameQuery(view.query, this.filter.query) || this.#otherColumns(view);
  });

  #counts = $state.raw(new Map<string, ViewCount>());
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** The table's columns, and how to change them; set by the window where the table has such. */
  columns: { read: () => SavedViewView['columns']; write: (columns: SavedViewView['columns']) => void } | null = null;

  constructor(
    private readonly client: Client,
    private readonly filter: AlertFilter,
    private readonly toasts: Toasts,
  ) {}

  #otherColumns(view: SavedViewView): boolean {
    return this.columns !== null && JSON.stringify(this.columns.read()) !== JSON.stringify(view.columns);
  }

  counts(id: string): ViewCount | null {
    return this.#counts.get(id) ?? null;
  }

  /** Reads the views and takes the default one for what is to be shown; what they hold is counted by {@link load}. */
  async start(): Promise<void> {
    const before = this.filter.text;
    await this.#readList();
    const first = this.list.find((view) => view.isDefault) ?? this.list[0];
    // Whoever asked for something else meanwhile keeps it.
    if (first !== undefined && this.filter.text === before) {
      this.chosen = first.id;
      this.filter.begin(first.query, first.sort);
      this.columns?.write(first.columns);
    }
  }

  async #readList(): Promise<void> {
    try {
      this.list = await this.client.listViews();
      this.error = null;
    } catch (thrown) {
      this.error = toClientError(thrown);
    }
  }

  /** Counts every view. */
  async load(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const generation = (this.#generation += 1);
    try {
      const counts = await this.client.viewCounts();
      if (generation === this.#generation) this.#counts = new Map(counts.map((one) => [one.id, one]));
    } catch {
      // The numbers are an extra: the views work without them.
    }
  }

  /** Counts them before long. */
  refresh(): void {
    this.#timer ??= setTimeout(() => void this.load(), PAUSE);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  /** Shows a view as it was saved. */
  async choose(id: string): Promise<void> {
    const view = this.list.find((one) => one.id === id);
    if (view === undefined) return;
    this.chosen = id;
    this.columns?.write(view.columns);
    await this.filter.set(view.query, view.sort);
  }
  /** Shows the view at this place, 1 being the first. */
  async chooseNth(place: number): Promise<void> {
    const view = this.list[place - 1];
    if (view !== undefined) await this.choose(view.id);
  }

  /** What is shown, as a view. */
  #shown(id: string | null, name: string, isDefault: boolean): SavedViewSpec {
    const columns = this.columns?.read() ?? this.current?.columns ?? [];
    return { id, name, query: this.filter.query, sort: this.filter.sort, columns, isDefault };
  }

  async #save(spec: SavedViewSpec): Promise<SavedViewView> {
    const saved = await this.client.saveView(spec);
    await this.#readList();
    void this.load();
    return saved;
  }

  /** Saves what is shown under a name; throws what stands against it. */
  async saveAs(name: string): Promise<void> {
    const saved = await this.#save(this.#shown(null, name, false));
    this.chosen = saved.id;
    this.toasts.show({ text: `Saved the view “${saved.name}”` });
  }

  /** Saves what is shown as what the current view is from now on. */
  async update(): Promise<void> {
    const view = this.current;
    if (view === null || view.builtin) return;
    await this.#tell(async () => {
      await this.#save(this.#shown(view.id, view.name, view.isDefault));
      const undo = (): Promise<void> =>
        this.#tell(async () => {
          await this.#save(specOf(view));
          if (this.chosen === view.id) await this.choose(view.id);
        });
      this.toasts.show({ text: `Updated the view “${view.name}”`, action: { label: 'Undo', run: () => void undo() } });
    });
  }

  /** Gives a view another name; throws what stands against it. */
  async rename(id: string, name: string): Promise<void> {
    const view = this.list.find((one) => one.id === id);
    if (view !== undefined) await this.#save({ ...specOf(view), name });
  }

  /** New windows open on this view. */
  async makeDefault(id: string): Promise<void> {
    const view = this.list.find((one) => one.id === id);
    if (view === undefined) return;
    await this.#tell(async () => {
      await this.#save({ ...specOf(view), isDefault: true });
      this.toasts.show({ text: `Tocsin opens on “${view.name}” from now on` });
    });
  }

  /** Deletes a view; the toast brings it back. */
  async remove(id: string): Promise<void> {
    const view = this.list.find((one) => one.id === id);
    if (view === undefined || view.builtin) return;
    await this.#tell(async () => {
      await this.client.removeView(id);
      await this.#readList();
      if (this.chosen === id) this.chosen = null;
      const undo = (): Promise<void> =>
        this.#tell(async () => {
          const back = await this.#save({ ...specOf(view), id: null });
          if (this.chosen === null && sameQuery(back.query, this.filter.query)) this.chosen = back.id;
        });
      this.toasts.show({ text: `Deleted the view “${view.name}”`, action: { label: 'Undo', run: () => void undo() } });
    });
  }

  async #tell(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    }
  }
}
