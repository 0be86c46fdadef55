/** The columns of the alert table: which, in which order, how wide. A saved view carries its own. */
import type { ColumnChoice } from '../ipc/client';

export interface Column {
  field: string;
  label: string;
  /** The word to sort by; none where the engine knows no such order. */
  sort: string | null;
  /** Sorted upwards at the first click: names from A, numbers from the greatest. */
  upwards: boolean;
  /** The usual width and the smallest, in CSS pixels. */
  width: number;
  least: number;
}

const column = (field: string, label: string, width: number, more: Partial<Column> = {}): Column => ({
  field,
  label,
  sort: field,
  upwards: false,
  width,
  least: 56,
  ...more,
});

/** Every column there is, in the order they are offered. */
export const COLUMNS: readonly Column[] = [
  column('severity', 'Severity', 104),
  column('title', 'Alert', 420, { upwards: true, least: 140 }),
  column('entity', 'Who or what', 200, { sort: null }),
  column('source', 'Source', 128, { upwards: true }),
  column('alertType', 'Type', 240, { upwards: true }),
  column('category', 'Category', 170, { upwards: true }),
  column('time', 'Time', 104),
  column('received', 'Received', 104),
  column('updated', 'Last change', 112),
  column('status', 'Status', 140, { upwards: true }),
  column('occurrences', 'Times seen', 104),
];
const WIDEST = 1_200;
const USUAL = ['severity', 'title', 'source', 'alertType', 'time', 'status'];
/** Left out first where there is no room, while the person has chosen nothing. */
const SPARE = ['alertType', 'source', 'status'];
/** Room that the title keeps before another column shows. */
const TITLE_ROOM = 240;

export const columnOf = (field: string): Column | undefined => COLUMNS.find((one) => one.field === field);
const clamp = (one: Column, width: number): number => Math.round(Math.max(one.least, Math.min(width, WIDEST)));

/** A column as it is shown. `width` is none for the one that takes the rest. */
export type ShownColumn = Column & { width: number; rest: boolean };

export class TableColumns {
  /** What the person chose; empty means the usual ones, fitted to the room there is. */
  choices = $state<ColumnChoice[]>([]);
  /** What was chosen in views that cannot keep it themselves, such as the built-in ones; lasts as long as the window. */
  #kept = new Map<string | null, ColumnChoice[]>();
  #view: string | null = null;

  readonly fields: readonly string[] = $derived(this.choices.length > 0 ? this.choices.map((one) => one.field) : USUAL);
  /** Whether they are not the usual ones. */
  readonly chosen = $derived(this.choices.length > 0);

  /** Takes over the columns of a saved view; what is unknown or twice is left out. */
  use(choices: readonly ColumnChoice[], view: string | null = null): void {
    const seen = new Set<string>();
    this.#view = view;
    this.choices = (this.#kept.get(view) ?? choices).filter(({ field }) => {
      const known = columnOf(field) !== undefined && !seen.has(field);
      seen.add(field);
      return known;
    });
  }

  /** The columns to draw in `room` CSS pixels. */
  shown(room: number): ShownColumn[] {
    let fields = [...this.fields];
    const fixed = (): number =>
      fields.reduce((sum, field) => sum + (field === 'title' ? TITLE_ROOM : this.widthOf(field)), 0);
    if (!this.chosen) {
      for (const spare of SPARE) {
        if (fixed() <= room) break;
        fields = fields.filter((field) => field !== spare);
      }
    }
    const rest = this.#restOf(fields);
    return fields.flatMap((field) => {
      const known = columnOf(field);
      return known === undefined ? [] : [{ ...known, width: this.widthOf(field), rest: field === rest }];
    });
  }

  /** The column that takes what room is left: the title if it has no width of its own, else the last. */
  #restOf(fields: readonly string[]): string | undefined {
    const sized = this.choices.find((one) => one.field === 'title')?.width ?? null;
    return fields.includes('title') && sized === null ? 'title' : fields.at(-1);
  }

  widthOf(field: string): number {
    const own = this.choices.find((one) => one.field === field)?.width ?? null;
    const known = columnOf(field);
    return known === undefined ? 0 : own === null ? known.width : clamp(known, own);
  }

  has(field: string): boolean {
    return this.fields.includes(field);
  }

  #change(choices: ColumnChoice[]): void {
    this.choices = choices;
    this.#kept.set(this.#view, choices);
  }
  #all(): ColumnChoice[] {
    return this.fields.map((field) => ({
      field,
      width: this.choices.find((one) => one.field === field)?.width ?? null,
    }));
  }

  /** Shows or hides a column; one at least stays. A new one stands where it usually does. */
  toggle(field: string): void {
    const all = this.#all();
    if (this.has(field)) {
      if (all.length > 1) this.#change(all.filter((one) => one.field !== field));
      return;
    }
    const rank = (one: string): number => COLUMNS.findIndex((known) => known.field === one);
    const behind = all.findIndex((one) => rank(one.field) > rank(field));
    this.#change(all.toSpliced(behind === -1 ? all.length : behind, 0, { field, width: null }));
  }

  /** Puts a column `by` places further right. */
  move(field: string, by: number): void {
    const from = this.fields.indexOf(field);
    this.moveTo(field, from + by);
  }
  moveTo(field: string, place: number): void {
    const all = this.#all();
    const from = all.findIndex((one) => one.field === field);
    const to = Math.max(0, Math.min(place, all.length - 1));
    const moved = all[from];
    if (moved === undefined || from === to) return;
    this.#change(all.toSpliced(from, 1).toSpliced(to, 0, moved));
  }

  resize(field: string, width: number): void {
    const known = columnOf(field);
    if (known === undefined) return;
    this.#change(this.#all().map((one) => (one.field === field ? { ...one, width: clamp(known, width) } : one)));
  }

  /** The usual columns again. */
  reset(): void {
    this.#change([]);
  }
}

/** The order after a click on a column's head: its usual one first, then the other way round. */
export function nextSort(current: string, clicked: Column): string {
  const [up, down] = [`${clicked.sort}:asc`, String(clicked.sort)];
  const [first, second] = clicked.upwards ? [up, down] : [down, up];
  return current === first ? second : first;
}
