/** Files, demo and checks: each runs once at a time and says in words what came of it. */
import type { CheckView, Client } from '../ipc/client';
import { toClientError } from '../ipc/errors';
import { bytes, count } from '../text/words';
import type { Toasts } from './toasts.svelte';

export type Job = 'backup' | 'restore' | 'export' | 'diagnostics' | 'demo' | 'wipe' | 'import' | 'checks';

export class Keeping {
  /** What is under way. */
  job = $state<Job | null>(null);
  checks = $state.raw<CheckView[] | null>(null);

  constructor(
    private readonly client: Client,
    private readonly toasts: Toasts,
  ) {}

  async #run(job: Job, work: () => Promise<string | null>): Promise<boolean> {
    if (this.job !== null) return false;
    this.job = job;
    try {
      const said = await work();
      if (said !== null) this.toasts.show({ text: said });
      return said !== null;
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
      return false;
    } finally {
      this.job = null;
    }
  }

  backup(): Promise<boolean> {
    return this.#run('backup', async () => {
      const { path, bytes: size } = await this.client.backup();
      return path === null ? null : `Saved a backup of ${bytes(size)} as ${path}`;
    });
  }

  restore(): Promise<boolean> {
    return this.#run('restore', async () => {
      const { path } = await this.client.restore();
      return path === null ? null : `Restored ${path}. What was here before is kept beside it in the backups folder.`;
    });
  }

  /** Writes the alerts that a query matches. */
  exportAlerts(
    query: string,
    sort: string,
    format: 'csv' | 'ndjson' | 'ocsf',
    columns: string[] = [],
  ): Promise<boolean> {
    return this.#run('export', async () => {
      const { path, rows } = await this.client.exportAlerts(query, sort, format, columns);
      return path === null ? null : `Exported ${count(rows, 'alert')} to ${path}`;
    });
  }

  diagnostics(): Promise<boolean> {
    return this.#run('diagnostics', async () => {
      const { path } = await this.client.saveDiagnostics();
      return path === null ? null : `Saved diagnostics as ${path}. It holds no alert and no secret.`;
    });
  }

  loadDemo(): Promise<boolean> {
    return this.#run('demo', async () => {
      await this.client.loadDemo();
      return 'Demo data is here: 90 days of five systems. It notifies nobody.';
    });
  }

  wipeDemo(): Promise<boolean> {
    return this.#run('wipe', async () => {
      await this.client.wipeDemo();
      return 'Demo data is gone';
    });
  }

  importFiles(source: string): Promise<boolean> {
    return this.#run('import', async () => {
      const done = await this.client.importFiles(source);
      if (done === null) return null;
      const parts = [count(done.stored, 'new alert')];
      if (done.updated > 0) parts.push(`${done.updated} updated`);
      if (done.duplicate > 0) parts.push(count(done.duplicate, 'repeat'));
      if (done.quarantined > 0) parts.push(`${count(done.quarantined, 'part')} could not be read`);
      return `Imported ${count(done.files, 'file')}: ${parts.join(', ')}`;
    });
  }

  async check(): Promise<void> {
    if (this.job !== null) return;
    this.job = 'checks';
    try {
      this.checks = (await this.client.doctor()).checks;
    } catch (thrown) {
      this.toasts.show({ text: toClientError(thrown).message, tone: 'danger' });
    } finally {
      this.job = null;
    }
  }
}
