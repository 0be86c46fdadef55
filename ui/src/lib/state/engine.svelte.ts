/** How the engine is doing. */
import type { Client, EngineStatus } from '../ipc/client';
import { type ClientError, toClientError } from '../ipc/errors';

export class Engine {
  status = $state.raw<EngineStatus | null>(null);
  error = $state<ClientError | null>(null);
  #running: Promise<void> | null = null;
  #again = false;

  constructor(private readonly client: Client) {}

  /** Reads it; what is asked for meanwhile is read once more, not once each. */
  load(): Promise<void> {
    if (this.#running !== null) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#read().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #read(): Promise<void> {
    do {
      this.#again = false;
      try {
        this.status = await this.client.engineStatus();
        this.error = null;
      } catch (thrown) {
        this.error = toClientError(thrown);
      }
    } while (this.#again);
  }
}
