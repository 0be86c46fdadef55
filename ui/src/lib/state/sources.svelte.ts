/** The sources, the one that is looked at, and what could not be read of it. */
import type { Client, CredentialsView, QuarantineView, SourceSpec, SourceView, TestView } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';

export class SourceList {
  list = $state.raw<SourceView[]>([]);
  phase = $state<'loading' | 'ready' | 'failed'>('loading');
  error = $state<ClientError | null>(null);
  /** The one in the detail panel. */
  selected = $state<string | null>(null);
  quarantine = $state.raw<QuarantineView[]>([]);
  /** Credentials that were just made; they cannot be shown again. */
  fresh = $state.raw<CredentialsView | null>(null);
  /** The focus is wanted on what could not be read, once it is there. */
  toQuarantine = $state(false);
  #request = 0;

  constructor(private readonly client: Client) {}

  readonly current = $derived(this.list.find((source) => source.name === this.selected) ?? null);
  /** Parts in quarantine over all sources. */
  readonly quarantined = $derived(this.list.reduce((sum, source) => sum + source.quarantined, 0));

  byName(name: string): SourceView | null {
    return this.list.find((source) => source.name === name) ?? null;
  }

  async load(): Promise<void> {
    this.#request += 1;
    const request = this.#request;
    try {
      const list = await this.client.listSources();
      if (request !== this.#request) return;
      this.list = list;
      this.phase = 'ready';
      this.error = null;
      if (this.current === null) this.selected = list[0]?.name ?? null;
      await this.#loadQuarantine(request);
    } catch (thrown) {
      if (request !== this.#request) return;
      this.error = toClientError(thrown);
      if (this.phase === 'loading') this.phase = 'failed';
    }
  }

  async #loadQuarantine(request: number): Promise<void> {
    const name = this.selected;
    const found = name === null || this.current?.quarantined === 0 ? [] : await this.client.listQuarantine(name);
    if (request === this.#request && name === this.selected) this.quarantine = found;
  }

  async select(name: string): Promise<void> {
    if (name === this.selected) return;
    this.selected = name;
    this.quarantine = [];
    await this.load();
  }

  /** Selects the first source with something that could not be read, and asks for the focus there. */
  async showQuarantine(): Promise<void> {
    const first = this.list.find((source) => source.quarantined > 0);
    if (first === undefined) return;
    this.toQuarantine = true;
    await this.select(first.name);
  }
  /** Goes from source to source, as far as there are any. */
  async move(by: number): Promise<void> {
    const at = this.list.findIndex((source) => source.name === this.selected);
    const next = this.list[Math.max(0, Math.min(this.list.length - 1, at + by))];
    if (next !== undefined && next.name !== this.selected) await this.select(next.name);
  }

  async add(spec: SourceSpec): Promise<CredentialsView> {
    const made = await this.client.addSource(spec);
    this.selected = made.source.name;
    await this.load();
    return made;
  }

  /** Gives the source a new password or token and shows it once. */
  async renewSecret(name: string): Promise<void> {
    this.fresh = await this.client.setSourceSecret(name, null);
    await this.load();
  }

  async remove(name: string): Promise<void> {
    await this.client.removeSource(name);
    if (this.fresh?.source.name === name) this.fresh = null;
    await this.load();
  }

  test(name: string): Promise<TestView> {
    return this.client.testSource(name);
  }

  body(id: string): Promise<QuarantineView> {
    return this.client.getQuarantine(id);
  }

  /** Tries to read a delivery again and says in a sentence what came of it. */
  async retry(id: string): Promise<{ readable: boolean; message: string }> {
    const answer = await this.client.retryQuarantine(id);
    await this.load();
    return answer;
  }
}

const PREFIXES: Record<string, string> = {
  'secure-access': 'csa',
  alertmanager: 'alertmanager',
  cloudevents: 'events',
};

/** A name for a new source of this kind that none has yet; names are unique without case. */
export function freeName(kind: string, taken: readonly string[]): string {
  const prefix = PREFIXES[kind] ?? kind;
  const used = new Set(taken.map((name) => name.toLowerCase()));
  let name = prefix;
  for (let number = 2; used.has(name); number += 1) name = `${prefix}-${number}`;
  return name;
}
