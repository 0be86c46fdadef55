/** A rule that begins with an alert: what the alert says, as conditions. */
import type { AlertDetails, EntityKind } from '../ipc/client';
import type { Doc, Json } from '../rule/form';
import { plainText } from '../text/safe';
import { freeName } from './entry';

/** Entities as fields of events of the kind `alert`. */
const FIELDS: Record<EntityKind, string> = {
  clientIp: 'client_ip',
  username: 'username',
  apiKeyId: 'api_key_id',
  endpoint: 'endpoint',
  hostname: 'hostname',
};
const KINDS: readonly EntityKind[] = ['username', 'clientIp', 'apiKeyId', 'endpoint', 'hostname'];

/** A value as it stands, also one that holds what patterns are written with. */
export function literal(value: string): string {
  const escaped = value.replaceAll(/[\\*?]/g, String.raw`\$&`);
  return escaped.startsWith('list:') ? `\\${escaped}` : escaped;
}

const is = (type: string, value: string): Json => ({ type, values: [type === 'client_ip' ? value : literal(value)] });

/** Whom the alert names first: the one that its row shows, if it does. */
function entityOf({ row, entities }: AlertDetails): { field: string; value: string } | null {
  const all = KINDS.flatMap((kind) => entities[kind].map((value) => ({ field: FIELDS[kind], value })));
  return all.find(({ value }) => value === row.entity) ?? all[0] ?? null;
}

/** The document of a new rule that watches for alerts such as this one; it begins in shadow. */
export function ruleFrom(alert: AlertDetails, taken: readonly string[]): Doc {
  const { row } = alert;
  const entity = entityOf(alert);
  const conditions: Json[] = [
    ...(row.alertType ? [is('alert_type', row.alertType)] : []),
    ...(row.category ? [is('category', row.category)] : []),
    is('severity', row.severity),
    ...(entity === null ? [] : [is(entity.field, entity.value)]),
  ];
  const title = plainText(row.title).replaceAll(/\s+/g, ' ').trim();
  return {
    name: freeName(title || 'Alerts like one', taken),
    description: [...`From an alert of ${plainText(row.source)}`].slice(0, 128).join(''),
    severity: row.severity === 'unknown' ? 'medium' : row.severity,
    mode: 'shadow',
    sources: [row.source],
    conditions,
    window: { kind: 'rolling', thresholdTime: '1', thresholdType: 'hours' },
  };
}
