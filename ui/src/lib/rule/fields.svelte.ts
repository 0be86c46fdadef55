/** The registry of fields, read once; and the lists that values can name, read with each rule. */
import type { Client, RuleFieldView, ValueCount } from '../ipc/client';

export class FieldRegistry {
  list = $state.raw<RuleFieldView[]>([]);
  readonly byName = $derived(new Map(this.list.map((field) => [field.name, field])));
  /** By name, each with how many values it has. */
  lists = $state.raw<ValueCount[]>([]);
  #asked: Promise<void> | null = null;

  constructor(private readonly client: Client) {}

  /** Settles when it is known, or could not be read; then asking again tries again. */
  load(): Promise<void> {
    this.#asked ??= this.client.ruleFields().then(
      (list) => void (this.list = list),
      () => void (this.#asked = null),
    );
    return this.#asked;
  }

  /** Reads the lists again: they are files, which may have changed. */
  async loadLists(): Promise<void> {
    try {
      this.lists = await this.client.valueLists();
    } catch {
      // What cannot be offered can be typed.
    }
  }
}
