/** The catalogue: rules that somebody thought of before, and what each would have done here. */
import type { Client, EffectView, RuleRow, TemplateView } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import { type Doc, isMap, type Json } from '../rule/form';
import { docOf, freeName, inShadow } from '../rules/entry';

const DAY = 86_400_000;
/** The stretch of history that is tried, in days. */
export const TRIED_DAYS = 90;

export interface Tried {
  /** None: it cannot be used as it is. */
  effect: EffectView | null;
  problem: string | null;
  /** Places still hold their examples. */
  example: boolean;
}

/** Values as they are written in one line: between commas. */
const valuesOf = (text: string): string[] =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

export class Catalogue {
  list = $state.raw<TemplateView[]>([]);
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state<ClientError | null>(null);
  /** What was written into places, by template and name. */
  #filled = $state.raw<Readonly<Record<string, string>>>({});
  #tried = $state.raw<Readonly<Record<string, Tried>>>({});
  #queue: string[] = [];
  #running = false;
  /** The same question is not asked again: the document that was tried. */
  #asked = new Map<string, string>();

  constructor(
    private readonly client: Client,
    private readonly now: () => number = Date.now,
  ) {}

  async load(): Promise<void> {
    try {
      this.list = await this.client.listTemplates();
      this.phase = 'ready';
      this.error = null;
    } catch (thrown) {
      this.error = toClientError(thrown);
      if (this.phase === 'loading') this.phase = 'failed';
    }
  }

  filled(id: string, place: string): string {
    return this.#filled[`${id} ${place}`] ?? '';
  }

  fill(id: string, place: string, text: string): void {
    this.#filled = { ...this.#filled, [`${id} ${place}`]: text };
  }

  /** What the place holds as an example. */
  example({ document }: TemplateView, condition: number): string {
    const { conditions } = docOf(document);
    const at = Array.isArray(conditions) ? conditions[condition] : undefined;
    return isMap(at) && Array.isArray(at.values) ? at.values.join(', ') : '';
  }

  /** Places that nobody has filled. */
  open({ id, places }: TemplateView): string[] {
    return places.filter(({ name }) => valuesOf(this.filled(id, name)).length === 0).map(({ name }) => name);
  }

  /** The rule with what was filled in. */
  doc({ id, places, document }: TemplateView): Doc {
    const doc = docOf(document);
    if (!Array.isArray(doc.conditions)) return doc;
    const conditions = doc.conditions.map((condition, at): Json => {
      const place = places.find((one) => one.condition === at);
      const values = place === undefined ? [] : valuesOf(this.filled(id, place.name));
      return isMap(condition) && values.length > 0 ? { ...condition, values } : condition;
    });
    return { ...doc, conditions };
  }

  tried(id: string): Tried | null {
    return this.#tried[id] ?? null;
  }

  /** Tries a template on what is stored, one after the other. */
  try(template: TemplateView): void {
    const document = JSON.stringify(this.doc(template));
    if (this.#asked.get(template.id) === document || this.#queue.includes(template.id)) return;
    this.#queue.push(template.id);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let id = this.#queue.shift(); id !== undefined; id = this.#queue.shift()) {
      const template = this.list.find((one) => one.id === id);
      if (template !== undefined) await this.#try(template);
    }
    this.#running = false;
  }

  async #try(template: TemplateView): Promise<void> {
    const document = JSON.stringify(this.doc(template));
    const example = this.open(template).length > 0;
    this.#asked.set(template.id, document);
    const to = Math.ceil((this.now() + 1) / 60_000) * 60_000;
    const spec = { document, rule: null, from: to - TRIED_DAYS * DAY, to, buckets: 1 };
    let tried: Tried;
    try {
      const { effect, check } = await this.client.previewRule(spec);
      const [problem] = check.problems;
      tried = { effect, problem: problem === undefined ? null : problem.reason, example };
    } catch (thrown) {
      this.#asked.delete(template.id);
      tried = { effect: null, problem: toClientError(thrown).message, example };
    }
    this.#tried = { ...this.#tried, [template.id]: tried };
  }

  /** Keeps it as a rule that records and never notifies. */
  async add(template: TemplateView, taken: readonly string[]): Promise<RuleRow> {
    const doc = inShadow(this.doc(template));
    const name = freeName(typeof doc.name === 'string' ? doc.name : template.name, taken);
    const { row } = await this.client.saveRule({ document: JSON.stringify({ ...doc, name }), rule: null });
    return row;
  }

  async takeBack(name: string): Promise<void> {
    await this.client.removeRule(name);
  }
}
