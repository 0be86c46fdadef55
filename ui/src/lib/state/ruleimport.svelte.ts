/** Rules that are brought in from files or from what was copied: each is checked before anything is kept. */
import type { Client, ProblemView, RuleRow, SavedRuleView } from '../ipc/client';
import { toClientError } from '../ipc/errors';
import type { Doc } from '../rule/form';
import { inShadow } from '../rules/entry';
import { split } from '../rules/split';
import { count } from '../text/words';

export interface Incoming {
  id: number;
  name: string;
  from: string;
  /** What adding it would do. */
  does: 'new' | 'replaces' | 'same' | 'wrong';
  problems: string[];
  warnings: string[];
  doc: Doc | null;
  /** The kept rule whose place it takes. */
  rule: RuleRow | null;
  chosen: boolean;
}

/** What came of it, and how to take it back. */
export interface Added {
  said: string;
  details: string[];
  back: () => Promise<void>;
}

const sentence = ({ path, reason, remedy }: ProblemView): string =>
  `${path === '$' ? '' : `${path.replace(/^\$\./, '')}: `}${reason}${remedy === '' ? '' : `; ${remedy}`}`;

export class RuleImport {
  list = $state.raw<Incoming[]>([]);
  checking = $state(false);
  adding = $state(false);
  /** New rules begin in shadow, whatever their document says. */
  shadow = $state(true);
  #ids = 0;

  readonly usable = $derived(this.list.filter(({ does, chosen }) => chosen && (does === 'new' || does === 'replaces')));

  constructor(
    private readonly client: Client,
    private readonly kept: () => readonly RuleRow[],
  ) {}

  /** Takes a text apart and checks every rule of it. */
  async read(text: string, from: string): Promise<void> {
    this.checking = true;
    for (const { doc, from: place, problem } of split(text, from)) {
      const one = doc === null ? this.#wrong(place, [problem ?? '']) : await this.#look(doc, place);
      this.list = [...this.list, one];
    }
    this.checking = false;
  }

  /** Lists what was not even read. */
  refuse(from: string, problem: string): void {
    this.list = [...this.list, this.#wrong(from, [problem])];
  }

  #wrong(from: string, problems: string[], name = ''): Incoming {
    this.#ids += 1;
    const rest = { warnings: [], doc: null, rule: null, chosen: false };
    return { id: this.#ids, name, from, does: 'wrong', problems, ...rest };
  }

  async #look(doc: Doc, from: string): Promise<Incoming> {
    const named = typeof doc.name === 'string' ? doc.name : '';
    try {
      const check = await this.client.checkRule(JSON.stringify(doc));
      const name = check.name ?? named;
      if (!check.valid) return this.#wrong(from, check.problems.map(sentence), name);
      const lower = name.toLowerCase();
      const twice = this.list.find((other) => other.does !== 'wrong' && other.name.toLowerCase() === lower);
      if (twice) return this.#wrong(from, [`“${name}” stands in ${twice.from} already: rename one of the two`], name);
      const rule = this.kept().find((row) => row.name.toLowerCase() === lower) ?? null;
      const same =
        rule !== null && JSON.stringify(unstated(JSON.parse(rule.document) as Doc)) === JSON.stringify(unstated(doc));
      this.#ids += 1;
      const does = rule === null ? 'new' : same ? 'same' : 'replaces';
      const warnings = check.warnings.filter(({ path }) => path !== '$.name').map(sentence);
      return { id: this.#ids, name, from, does, problems: [], warnings, doc, rule, chosen: !same };
    } catch (thrown) {
      return this.#wrong(from, [toClientError(thrown).message], named);
    }
  }

  choose(id: number, chosen: boolean): void {
    this.list = this.list.map((one) => (one.id === id ? { ...one, chosen } : one));
  }

  /** Keeps what is chosen; what cannot be kept stays in the list and says why. */
  async add(): Promise<Added | null> {
    this.adding = true;
    const done: { one: Incoming; saved: SavedRuleView }[] = [];
    const left: Incoming[] = [];
    for (const one of this.list) {
      if (!this.usable.includes(one) || one.doc === null) continue;
      const doc = one.does === 'new' && this.shadow ? inShadow(one.doc) : one.doc;
      try {
        const saved = await this.client.saveRule({ document: JSON.stringify(doc), rule: one.rule?.name ?? null });
        done.push({ one, saved });
      } catch (thrown) {
        left.push({ ...one, does: 'wrong', problems: [toClientError(thrown).message], chosen: false });
      }
    }
    this.adding = false;
    this.list = left;
    if (done.length === 0) return null;
    const back = async (): Promise<void> => {
      for (const { one, saved } of done) await this.#back(one, saved);
    };
    return { ...this.#told(done.map(({ saved }) => saved.added)), back };
  }

  async #back({ rule }: Incoming, { added, row }: SavedRuleView): Promise<void> {
    if (added === 'new') await this.client.removeRule(row.name);
    else if (added === 'candidate') await this.client.discardCandidate(row.name);
    else if (added === 'replaced' && rule !== null) await this.client.restoreVersion(row.name, rule.version);
  }

  #told(added: readonly string[]): { said: string; details: string[] } {
    const of = (word: string): number => added.filter((one) => one === word).length;
    const waiting = of('candidate');
    const details = [
      ...(of('replaced') > 0 ? [`${count(of('replaced'), 'rule')} replaced.`] : []),
      ...(waiting > 0
        ? [`${count(waiting, 'live rule')} keep${waiting === 1 ? 's' : ''} what counts: the new version waits.`]
        : []),
      ...(of('unchanged') > 0 ? [`${count(of('unchanged'), 'rule')} said the same already.`] : []),
    ];
    return { said: `Imported ${count(added.length, 'rule')}`, details };
  }
}

/** How a rule runs is said by a switch; it is no other rule for that. */
function unstated(doc: Doc): [string, unknown][] {
  return Object.entries(doc)
    .filter(([key]) => key !== 'mode' && key !== 'enable')
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
}
