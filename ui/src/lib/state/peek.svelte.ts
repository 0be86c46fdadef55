/** The panel beside the list: one alert in full. */
import type { AlertDetails, AlertsChanged, Client } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';

export type PeekTab = 'overview' | 'payload' | 'activity';

export class Peek {
  /** The alert shown or being read; none while the panel is closed. */
  id = $state<string | null>(null);
  /** Stays while the next one is read, so that nothing flickers. */
  details = $state.raw<AlertDetails | null>(null);
  error = $state<ClientError | null>(null);
  /** Kept from alert to alert. */
  tab = $state<PeekTab>('overview');
  #request = 0;

  constructor(private readonly client: Client) {}

  async open(id: string): Promise<void> {
    if (this.id === id && this.error === null) return;
    this.id = id;
    await this.refresh();
  }

  close(): void {
    this.#request += 1;
    this.id = null;
    this.details = null;
    this.error = null;
  }

  async refresh(): Promise<void> {
    const id = this.id;
    if (id === null) return;
    this.#request += 1;
    const request = this.#request;
    try {
      const details = await this.client.getAlert(id);
      if (request !== this.#request) return;
      this.details = details;
      this.error = null;
    } catch (thrown) {
      if (request !== this.#request) return;
      this.details = null;
      this.error = toClientError(thrown);
    }
  }

  onChange(change: AlertsChanged): void {
    if (this.id === null) return;
    if (change.many || change.updated.includes(this.id) || change.added.includes(this.id)) void this.refresh();
  }
}
