/** Events of two months: what a proxy saw and what an API was asked, with bursts, one of them an incident. */
import { Random } from '../random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** How far back they go, in days. */
export const DAYS = 60;

export type Value = string | number | boolean | readonly string[];
export interface FakeEvent {
  id: string;
  time: number;
  kind: 'dlp.transaction' | 'api.request' | 'alert';
  source: string;
  fields: Readonly<Record<string, Value>>;
}

const USERS = ['ana.ruiz@example.net', 'j.okafor@example.net', 'svc-export', 'm.lindqvist@example.net', 'ci-deploy'];
const HOSTS = [
  'drive.example.com',
  'mail.example.com',
  'paste.example.org',
  'files.partner.example',
  'crm.example.com',
];
const AGENTS = ['okhttp/5.0.0', 'python-requests/2.32.3', 'curl/8.12.1', 'Go-http-client/2.0'];
const DATATYPES = ['pan', 'iban', 'phi', 'email', 'passport'];
const ENDPOINTS = ['/v1/token', '/v1/accounts/{id}', '/v2/orders/search', '/files/{name}', '/v1/keys'];
const KEYS = ['9f0c-reporting', '41aa-pipeline', 'c7d2-partner', '0b55-mobile'];

/** Whoever calls, from where. */
function caller(random: Random): { username: string; client_ip: string } {
  const at = random.below(USERS.length);
  return { username: USERS[at] ?? '', client_ip: `10.${at}.${random.below(3)}.${10 + random.below(4)}` };
}

function transaction(random: Random, leaking: boolean): FakeEvent['fields'] {
  const found = leaking || random.below(5) === 0;
  const datatypes = found ? [...new Set([random.pick(DATATYPES), random.pick(DATATYPES)])] : [];
  const masked = found && !leaking && random.below(3) > 0;
  return {
    ...caller(random),
    hostname: random.pick(HOSTS),
    detected: found,
    obfuscated: masked,
    blocked: found && random.below(4) === 0,
    bypassed: random.below(30) === 0,
    icap_mode: leaking || random.below(3) === 0 ? 'REQMOD' : 'RESPMOD',
    content_type: random.pick(['application/json', 'text/html', 'multipart/form-data']),
    client_device: random.pick(['Desktop', 'Desktop', 'Mobile']),
    datatypes_detected: datatypes,
    datatypes_obfuscated: masked ? datatypes : [],
    usergroup: [random.pick(['finance', 'engineering', 'support'])],
    apps: [random.pick(['box', 'slack', 'github'])],
  };
}

function request(random: Random, failing: boolean): FakeEvent['fields'] {
  const key = random.pick(KEYS);
  const status = failing ? random.pick([401, 401, 403]) : random.pick([200, 200, 200, 201, 204, 404, 429, 500]);
  return {
    ...caller(random),
    hostname: 'api.example.net',
    method: random.pick(['GET', 'GET', 'POST', 'PUT']),
    endpoint: failing ? '/v1/token' : random.pick(ENDPOINTS),
    path: `/v1/accounts/${1_000 + random.below(900)}`,
    status_code: status,
    api_key_id: key,
    user_agent: random.pick(AGENTS),
    content_type: 'application/json',
    request_bytes: 200 + random.below(4_000),
    response_bytes: status === 200 ? 500 + random.below(60_000) : 120,
    latency_ms: 20 + random.below(800),
    parameter_names: ['limit', 'cursor'],
  };
}

/** What stays the same all through a burst. */
const STUCK = ['username', 'client_ip', 'api_key_id', 'hostname'];

interface Draft {
  time: number;
  kind: FakeEvent['kind'];
  fields: FakeEvent['fields'];
}

/** Events close together, by one caller. */
function burst(random: Random, start: number, size: number, kind: Draft['kind']): Draft[] {
  const make = kind === 'dlp.transaction' ? transaction : request;
  const first = make(random, true);
  const stuck = Object.fromEntries(Object.entries(first).filter(([name]) => STUCK.includes(name)));
  let time = start;
  return Array.from({ length: size }, () => {
    time += 1_000 + random.below(40_000);
    return { time, kind, fields: { ...make(random, true), ...stuck } };
  });
}

/** The same events for the same `now`; the newest is a few minutes old. */
export function makeEvents(now: number): FakeEvent[] {
  const random = new Random(60_606);
  const drafts: Draft[] = [];
  const begin = now - DAYS * DAY;
  for (let day = 0; day < DAYS; day += 1) {
    // Work is by day; nights are thin.
    for (let one = 0; one < 10; one += 1) {
      const time = begin + day * DAY + Math.floor((7 + 11 * random.next()) * HOUR);
      drafts.push({ time, kind: 'dlp.transaction', fields: transaction(random, false) });
    }
    for (let one = 0; one < 6; one += 1) {
      const time = begin + day * DAY + Math.floor(24 * HOUR * random.next());
      drafts.push({ time, kind: 'api.request', fields: request(random, false) });
    }
  }
  for (let at = 0; at < 58; at += 1) {
    const start = begin + Math.floor((DAYS * DAY - HOUR) * random.next());
    const kind = at % 5 < 3 ? 'dlp.transaction' : 'api.request';
    // One of them is the incident.
    drafts.push(...burst(random, start, at === 40 ? 36 : 4 + random.below(9), kind));
  }
  // A host that nobody calls any more, and a check that has looked for a missing page for a week.
  for (let at = 0; at < 14; at += 1) {
    const fields = { ...transaction(random, true), hostname: 'legacy.example.com', bypassed: true };
    drafts.push({ time: begin + 6 * DAY + at * 20 * HOUR, kind: 'dlp.transaction', fields });
  }
  for (let at = 0; at < 220; at += 1) {
    const time = now - 4 * MINUTE - Math.floor(at * 0.76 * HOUR);
    const stuck = { status_code: 404, endpoint: '/health', user_agent: 'healthcheck/1.0', method: 'GET' };
    drafts.push({ time, kind: 'api.request', fields: { ...request(random, false), ...stuck } });
  }
  const newest = now - 3 * MINUTE;
  return drafts
    .filter((draft) => draft.time <= newest)
    .toSorted((a, b) => a.time - b.time)
    .map((draft, at) => ({
      id: `0198f2${at.toString(16).padStart(6, '0')}`,
      source: draft.kind === 'dlp.transaction' ? 'shield' : 'gateway',
      ...draft,
    }));
}
