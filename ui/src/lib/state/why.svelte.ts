/** Why a rule raised an alert, and what would have kept it away. */
import type { Client, EditView, WhyView } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';
import type { Doc } from '../rule/form';
import type { FieldRegistry } from '../rule/fields.svelte';
import { docOf } from '../rules/entry';

export class Why {
  /** The alert that this is about. */
  alert = $state<string | null>(null);
  /** Its firings, the newest first; none while they are read. */
  firings = $state.raw<WhyView[] | null>(null);
  error = $state<ClientError | null>(null);
  /** The firing that is looked at. */
  at = $state(0);
  /** Edits, once they were asked for. */
  edits = $state.raw<EditView[] | null>(null);
  editsError = $state<ClientError | null>(null);
  weighing = $state(false);
  /** What each version of the rule said; empty where it is gone. */
  #documents = $state.raw<ReadonlyMap<number, Doc>>(new Map());
  #request = 0;

  readonly firing = $derived(this.firings?.[this.at] ?? null);
  /** What the rule said then; none when it was removed since. */
  readonly doc = $derived(this.firing === null ? null : (this.#documents.get(this.firing.version) ?? null));
  readonly kept = $derived(this.#documents.size > 0);

  constructor(
    private readonly client: Client,
    readonly fields: FieldRegistry,
  ) {}

  /** Reads why this alert is there; asking for the same again reads nothing. */
  async load(id: string, again = false): Promise<void> {
    if (this.alert === id && !again) return;
    this.#request += 1;
    const request = this.#request;
    if (this.alert !== id) this.#forget();
    this.alert = id;
    void this.fields.load();
    try {
      const found = await this.client.whyAlert(id);
      if (request !== this.#request) return;
      this.firings = found.toSorted((a, b) => b.firedAt - a.firedAt);
      this.error = null;
      await this.#versions(request);
    } catch (thrown) {
      if (request === this.#request) this.error = toClientError(thrown);
    }
  }

  #forget(): void {
    this.firings = null;
    this.error = null;
    this.at = 0;
    this.edits = null;
    this.editsError = null;
    this.#documents = new Map();
  }

  async #versions(request: number): Promise<void> {
    const rule = this.firings?.[0]?.rule;
    if (rule === undefined) return;
    try {
      const { versions } = await this.client.getRule(rule);
      if (request === this.#request)
        this.#documents = new Map(versions.map((one) => [one.number, docOf(one.document)]));
    } catch {
      // The rule was removed: what it found out stands without it.
    }
  }

  /** Asks which edits of the rule would have kept the alert away. */
  async weigh(): Promise<void> {
    const [rule, alert, request] = [this.firing?.rule, this.alert, this.#request];
    if (rule === undefined || alert === null || this.weighing) return;
    this.weighing = true;
    this.editsError = null;
    try {
      const edits = await this.client.whatIf(rule, alert);
      if (request === this.#request) this.edits = edits;
    } catch (thrown) {
      if (request === this.#request) this.editsError = toClientError(thrown);
    } finally {
      this.weighing = false;
    }
  }
}
