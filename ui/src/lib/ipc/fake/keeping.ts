/** Settings, retention, files and checks of the fake. */
import type { CheckView, FileView, RetentionView, SettingsView } from '../client';

export const SETTINGS: SettingsView = {
  theme: 'system',
  times: 'local',
  density: 'comfortable',
  notify: { from: 'medium', quietHours: null },
  retention: { days: 365, megabytes: 2048, keepOpen: true },
  closeToTray: false,
  autostart: false,
  firstRunDone: false,
};

export const RETENTION: RetentionView = {
  alerts: 0,
  deliveries: 0,
  quarantined: 0,
  bytesFreed: 0,
  oldestKept: null,
  keptOpen: 0,
};

/** A file in the folder where the fake keeps everything. */
export const fileOf = (name: string, rows: number): FileView => ({
  path: `/home/ana/Documents/${name}`,
  rows,
  bytes: rows * 900,
});

export const CHECKS: CheckView[] = [
  { name: 'database', ok: true, message: 'The database is sound.' },
  { name: 'listener', ok: true, message: 'Deliveries are taken at http://127.0.0.1:8787.' },
];
