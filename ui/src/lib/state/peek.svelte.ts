/** The panel beside the list: one alert in full. */
import type { AlertDetails, AlertsChanged, Client, SimilarView } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';

export type PeekTab = 'overview' | 'why' | 'activity' | 'similar' | 'payload';

/** Alerts like it are read when the panel has rested this long, in ms. */
const SIMILAR_MS = 120;

export class Peek {
  /** The alert shown or being read; none while the panel is closed. */
  id = $state<string | null>(null);
  /** Stays while the next one is read, so that nothing flickers. */
  details = $state.raw<AlertDetails | null>(null);
  error = $state<ClientError | null>(null);
  /** Kept from alert to alert. */
  tab = $state<PeekTab>('overview');
  /** Alerts like it; read after the alert itself. */
  similar = $state.raw<SimilarView | null>(null);
  #request = 0;
  #soon: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly client: Client,
    /** Told which alert was shown. */
    private readonly onshown: (id: string) => void = () => undefined,
  ) {}

  async open(id: string): Promise<void> {
    if (this.id === id && this.error === null) return;
    this.id = id;
    this.similar = null;
    await this.refresh();
  }

  close(): void {
    clearTimeout(this.#soon);
    this.#request += 1;
    this.id = null;
    this.details = null;
    this.similar = null;
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
      if (!details.row.seen) this.onshown(id);
      this.#readSimilar(id, request);
    } catch (thrown) {
      if (request !== this.#request) return;
      this.details = null;
      this.error = toClientError(thrown);
    }
  }

  /** A moment later, so that running through the list asks for none of them. */
  #readSimilar(id: string, request: number): void {
    clearTimeout(this.#soon);
    this.#soon = setTimeout(() => {
      this.client.similarAlerts(id).then(
        (similar) => {
          if (request === this.#request) this.similar = similar;
        },
        () => {
          // The alert stands without those like it; the next look tries again.
        },
      );
    }, SIMILAR_MS);
  }

  onChange(change: AlertsChanged): void {
    if (this.id === null) return;
    if (change.many || change.updated.includes(this.id) || change.added.includes(this.id)) void this.refresh();
  }
}
