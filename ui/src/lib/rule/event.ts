/** Events as the studio shows them and keeps them as tests. */
import type { EventView } from '../ipc/client';
import type { Doc, Json } from './form';

/** Fields that tell an event apart at a glance, the most telling first. */
const TELLING = [
  'title',
  'alert_type',
  'category',
  'username',
  'hostname',
  'endpoint',
  'client_ip',
  'status_code',
  'icap_mode',
];

export function fieldsOf(event: EventView): Doc {
  try {
    const fields: unknown = JSON.parse(event.fields);
    return typeof fields === 'object' && fields !== null && !Array.isArray(fields) ? (fields as Doc) : {};
  } catch {
    return {};
  }
}

const shown = (value: Json): string => (Array.isArray(value) ? value.join(', ') : String(value));

/** An event in a line: what tells it apart, then the rest. */
export function eventLine(event: EventView): string {
  const fields = fieldsOf(event);
  const rest = Object.keys(fields).filter((name) => !TELLING.includes(name));
  const names = [...TELLING.filter((name) => name in fields), ...rest];
  return names
    .filter((name) => fields[name] !== null && fields[name] !== undefined && fields[name] !== '')
    .slice(0, 8)
    .map((name) =>
      TELLING.slice(0, 6).includes(name) ? shown(fields[name] ?? '') : `${name}=${shown(fields[name] ?? '')}`,
    )
    .join(' · ');
}

/** An event as a test of a rule holds it. */
export function testEvent(event: EventView): Doc {
  return { id: event.id, time: new Date(event.time).toISOString(), kind: event.kind, fields: fieldsOf(event) };
}
