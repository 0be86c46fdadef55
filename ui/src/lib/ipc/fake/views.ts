/** Saved views of the fake: three that are always there, and those a person saves. */
import type { SavedViewSpec, SavedViewView } from '../client';
import { ClientError } from '../errors';

const builtin = (id: string, name: string, query: string): SavedViewView => ({
  id,
  name,
  query,
  sort: 'time',
  columns: [],
  isDefault: false,
  builtin: true,
});

const LONGEST_NAME = 64;

export class FakeViews {
  #all: SavedViewView[] = [
    { ...builtin('needs-me', 'Needs me', '-status:closed snoozed:false'), isDefault: true },
    builtin('critical-high', 'Critical and high, open', 'severity:>=high -status:closed'),
    builtin('all', 'All', ''),
  ];
  #made = 0;

  list(): SavedViewView[] {
    return this.#all.map((view) => ({ ...view }));
  }

  save(spec: SavedViewSpec): SavedViewView {
    const name = spec.name.trim();
    if (name === '' || name.length > LONGEST_NAME) {
      throw new ClientError('invalid', `A view needs a name of at most ${LONGEST_NAME} characters.`, 'name');
    }
    const taken = this.#all.some((view) => view.id !== spec.id && view.name.toLowerCase() === name.toLowerCase());
    if (taken) throw new ClientError('conflict', `There is a view “${name}” already: choose another name.`, 'name');
    const old = this.#all.find((view) => view.id === spec.id);
    if (spec.id !== null && old === undefined) throw new ClientError('not-found', 'This view is gone.', 'id');
    if (old?.builtin && (old.name !== name || old.query !== spec.query)) {
      throw new ClientError('invalid', 'This view is always there and stays as it is: save a view of your own.', 'id');
    }
    const id = spec.id ?? `view-${(this.#made += 1)}`;
    const view: SavedViewView = { ...spec, id, name, builtin: old?.builtin ?? false };
    if (view.isDefault) for (const other of this.#all) other.isDefault = false;
    if (old === undefined) this.#all.push(view);
    else this.#all[this.#all.indexOf(old)] = view;
    return { ...view };
  }

  remove(id: string): void {
    const view = this.#all.find((one) => one.id === id);
    if (view === undefined) throw new ClientError('not-found', 'This view is gone.', 'id');
    if (view.builtin) throw new ClientError('invalid', 'This view is always there.', 'id');
    this.#all = this.#all.filter((one) => one !== view);
    const [first] = this.#all;
    if (view.isDefault && first !== undefined) first.isDefault = true;
  }
}
