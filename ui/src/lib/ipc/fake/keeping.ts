/** Settings, retention, files and checks of the fake. */
import type { CheckView, FileView, RetentionView, SettingsView } from '../client';
import { ClientError } from '../errors';
import { minutesOf } from '../../text/quiet';
import type { FakeAlert } from './generate';

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

const DAY = 86_400_000;
/** What an alert and what came with it take, in bytes. */
const ALERT_BYTES = 4_096;

/** Refuses what the engine would refuse, with the path of the setting. */
export function checkSettings(settings: SettingsView): void {
  const refuse = (path: string, message: string): never => {
    throw new ClientError('invalid', message, path);
  };
  const { retention, notify } = settings;
  for (const [name, most] of [
    ['days', 36_500],
    ['megabytes', 1_000_000],
  ] as const) {
    const value: unknown = retention[name];
    if (value === null) continue;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > most) {
      refuse(`retention.${name}`, `Write a whole number from 1 to ${most.toLocaleString('en-GB')}.`);
    }
  }
  const quiet = notify.quietHours;
  if (quiet === null) return;
  if (minutesOf(quiet.from) === null) refuse('notify.quietHours.from', 'Write a time such as 22:00.');
  if (minutesOf(quiet.to) === null) refuse('notify.quietHours.to', 'Write a time such as 07:00.');
  if (quiet.from === quiet.to) refuse('notify.quietHours.to', 'Quiet hours end at another time than they begin.');
  if (quiet.days.length === 0) refuse('notify.quietHours.days', 'Choose at least one day.');
}

/** The alerts that a retention would remove: closed and too old, then the oldest closed above the size. */
export function goingOf(
  all: readonly FakeAlert[],
  limits: { days: number | null; megabytes: number | null },
  now: number,
): { going: FakeAlert[]; view: RetentionView } {
  const oldest = all.toSorted((a, b) => a.row.time - b.row.time);
  const before = limits.days === null ? Number.NEGATIVE_INFINITY : now - limits.days * DAY;
  const room = limits.megabytes === null ? Number.POSITIVE_INFINITY : (limits.megabytes * 1_000_000) / ALERT_BYTES;
  const aged = oldest.filter(({ row }) => row.time < before);
  const going = aged.filter(({ row }) => row.status === 'closed');
  const keptOpen = aged.length - going.length;
  for (const alert of oldest) {
    if (all.length - going.length <= room) break;
    if (alert.row.status === 'closed' && !going.includes(alert)) going.push(alert);
  }
  const gone = new Set(going);
  const view: RetentionView = {
    alerts: going.length,
    deliveries: going.length,
    quarantined: 0,
    events: 0,
    bytesFreed: going.length * ALERT_BYTES,
    oldestKept: oldest.find((alert) => !gone.has(alert))?.row.time ?? null,
    keptOpen,
  };
  return { going, view };
}

/** A file in the folder where the fake keeps everything. */
export const fileOf = (name: string, rows: number): FileView => ({
  path: `/home/ana/Documents/${name}`,
  rows,
  bytes: rows * 900,
});

export const CHECKS: CheckView[] = [
  { name: 'database', ok: true, message: 'The database is sound.' },
  { name: 'listener', ok: true, message: 'Deliveries are taken at http://127.0.0.1:8787.' },
  {
    name: 'sources',
    ok: false,
    message: 'Source “csa” has 2 parts that could not be read. Look at them under Sources.',
  },
  { name: 'notifications', ok: true, message: 'The desktop shows notifications, with buttons.' },
];
