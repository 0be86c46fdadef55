/** Alerts as the three kinds of source send them; the same seed makes the same alerts. */
import type { ActivityView, AlertDetails, AlertRow } from '../client';
import { Random } from './random';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

interface Shape {
  type: string;
  category: string;
  severity: string[];
  titles: string[];
  condition: string;
}

const SECURE_ACCESS: Shape[] = [
  {
    type: 'More than 1 client using an API credential',
    category: 'API anomaly',
    severity: ['High', 'High', 'Medium'],
    titles: ['Shared automation key', 'Pipeline key used from two clients', 'One key, many user agents'],
    condition: 'Greater than 1 user agent using the same key ID within 3600 seconds',
  },
  {
    type: 'Too many requests to get an access token',
    category: 'API anomaly',
    severity: ['Medium', 'Low'],
    titles: ['Token storm', 'Access tokens requested in a loop'],
    condition: 'Greater than 60 token requests within 3600 seconds',
  },
  {
    type: 'Large number of rate limit errors',
    category: 'API anomaly',
    severity: ['Medium', 'Low', 'High'],
    titles: ['429 watch', '429 watch (strict)', 'Rate limit errors on the reporting API'],
    condition: 'Greater than 100 rate limit errors within 1800 seconds',
  },
  {
    type: 'Authentication failures',
    category: 'API anomaly',
    severity: ['High', 'High', 'Critical'],
    titles: [
      'Échecs d’authentification — 認証失敗 🔐',
      'Sign-in failures on the admin API',
      'Expired key still in use',
    ],
    condition: 'Greater than 10 authentication failures within 3600 seconds',
  },
  {
    type: 'API credential created',
    category: 'API anomaly',
    severity: ['Info', 'Low'],
    titles: ['New API credential', 'Credential created outside change hours'],
    condition: 'Any API credential created',
  },
  {
    type: 'Rule changed',
    category: 'Access rule changes',
    severity: ['Low', 'Info'],
    titles: ['Policy edits', 'Access rule changed'],
    condition: 'Any modification of access rules',
  },
  {
    type: 'Network tunnel group disconnected',
    category: 'Connectivity',
    severity: ['High', 'Medium'],
    titles: ['Branch tunnels', 'Tunnel group fra-branch is down'],
    condition: 'Region: eu-central-1',
  },
];
const PROMETHEUS: Shape[] = [
  {
    type: 'APIGatewayErrorBudgetBurn',
    category: 'availability',
    severity: ['critical', 'high'],
    titles: ['Error budget of the API gateway burns 14 times too fast'],
    condition: 'job:slo_errors_per_request:ratio_rate5m > 14.4 * 0.001',
  },
  {
    type: 'JWTValidationFailures',
    category: 'security',
    severity: ['high', 'warning'],
    titles: ['Token validation fails for more than 5 % of requests', 'Tokens signed with an unknown key'],
    condition: 'rate(jwt_validation_failures_total[5m]) > 0.05',
  },
  {
    type: 'UnusualOutboundTraffic',
    category: 'security',
    severity: ['critical', 'warning'],
    titles: ['Outbound traffic of the export service is 9 times the usual'],
    condition: 'egress:bytes:rate5m / egress:bytes:rate7d > 9',
  },
  {
    type: 'CertificateExpiresSoon',
    category: 'hygiene',
    severity: ['low', 'info'],
    titles: [
      'Certificate of api.example.net expires in 9 days',
      'Client certificate of the partner gateway expires soon',
    ],
    condition: 'probe_ssl_earliest_cert_expiry - time() < 86400 * 10',
  },
];
const CLOUD: Shape[] = [
  {
    type: 'net.example.waf.blocked',
    category: 'waf',
    severity: ['medium', 'low'],
    titles: [
      'SQL injection blocked on /v2/orders/search',
      'Path traversal blocked on /files',
      'Scanner blocked: nuclei',
    ],
    condition: 'rule 942100 matched',
  },
  {
    type: 'net.example.discovery.shadow',
    category: 'inventory',
    severity: ['informational', 'low'],
    titles: [
      'Endpoint without a specification: POST /internal/export',
      'Undocumented parameter “debug” on GET /v1/users',
    ],
    condition: 'no operation in openapi.yaml',
  },
  {
    type: 'net.example.bola.suspected',
    category: 'authorisation',
    severity: ['critical', 'high', 'severe'],
    titles: ['One user read 212 other users’ invoices', 'Object ids walked in order on GET /v1/accounts/{id}'],
    condition: 'distinct(object.owner) by (user) > 50 in 10m',
  },
];

const USERS = ['ana.ruiz@example.net', 'j.okafor@example.net', 'svc-export', 'm.lindqvist@example.net', 'ci-deploy'];
const ENDPOINTS = [
  'POST /v1/token',
  'GET /v1/accounts/{id}',
  'POST /v2/orders/search',
  'GET /files/{name}',
  'PUT /v1/keys',
];
const HOSTS = ['gw-1.example.net', 'gw-2.example.net', 'fra-branch', 'export-7c9f'];
const AGENTS = ['terraform/1.11.2', 'python-requests/2.32.3', 'Go-http-client/2.0', 'curl/8.12.1', 'okhttp/5.0.0'];
const KNOWN = ['critical', 'high', 'medium', 'low', 'informational'];

const severityOf = (word: string): string => {
  const lower = word.toLowerCase();
  if (lower === 'info') return 'informational';
  if (lower === 'warning') return 'medium';
  return KNOWN.includes(lower) ? lower : 'unknown';
};

export interface Origin {
  name: string;
  kind: string;
}

/** An alert with what the store knows of it. */
export type FakeAlert = AlertDetails;

function payloadOf(kind: string, shape: Shape, row: AlertRow, word: string, random: Random, key: string): string {
  const time = new Date(row.time).toISOString();
  if (kind === 'alertmanager') {
    return JSON.stringify({
      status: row.status === 'closed' ? 'resolved' : 'firing',
      labels: { alertname: shape.type, severity: word, category: shape.category, instance: random.pick(HOSTS) },
      annotations: { summary: row.title, expr: shape.condition, runbook_url: 'https://wiki.example.net/runbooks/api' },
      startsAt: time,
      endsAt: '0001-01-01T00:00:00Z',
      fingerprint: key.slice(0, 16),
    });
  }
  if (kind === 'cloudevents') {
    return JSON.stringify({
      specversion: '1.0',
      type: shape.type,
      source: '/gateway/eu-1',
      id: key,
      time,
      data: { title: row.title, severity: word, user: row.entity, matched: shape.condition, sampleRate: 0.25 },
    });
  }
  return JSON.stringify({
    status: 'Active',
    severity: word,
    ruleName: row.title,
    ruleId: 300 + random.below(40),
    alertType: shape.type,
    time,
    category: shape.category,
    alertId: `${300 + random.below(40)}.7741093.${row.time}`,
    apiKeyId: key,
    userAgents: [random.pick(AGENTS), random.pick(AGENTS)],
    conditionsApplied: { conditions: [shape.condition] },
  });
}

function activityOf(row: AlertRow, random: Random): ActivityView[] {
  const step = (at: number, actor: string, what: string, detail = '', undone = false): ActivityView => ({
    at,
    actor,
    what,
    detail,
    undone,
  });
  const out = [step(row.receivedAt, 'source', 'received')];
  if (row.severity === 'low' || row.severity === 'informational') {
    out.push(step(row.receivedAt + 400, 'tocsin', 'not-notified', 'below-severity'));
  } else out.push(step(row.receivedAt + 400, 'tocsin', 'notified', 'on this desktop'));
  if (row.occurrences > 1) out.push(step(row.receivedAt + 5 * MINUTE, 'source', 'updated', 'seen again'));
  if (random.below(4) === 0) {
    out.push(step(row.receivedAt + 6 * MINUTE, 'you', 'snoozed', 'for 1 h', true));
    out.push(step(row.receivedAt + 6 * MINUTE + 4_000, 'you', 'undone', 'snoozed'));
  }
  if (row.status === 'acknowledged') out.push(step(row.updatedAt, 'you', 'acknowledged'));
  if (row.closeReason === 'source-resolved')
    out.push(step(row.updatedAt, 'source', 'closed', 'Resolved by the source'));
  else if (row.status === 'closed') out.push(step(row.updatedAt, 'you', 'closed', row.closeReason ?? ''));
  else if (row.snoozedUntil !== null) out.push(step(row.updatedAt, 'you', 'snoozed', 'for 4 h'));
  return out;
}

/** One alert of this source at this time. `settled`: old enough to have been worked on. */
export function makeAlert(id: string, origin: Origin, time: number, random: Random, settled: boolean): FakeAlert {
  const shapes = origin.kind === 'alertmanager' ? PROMETHEUS : origin.kind === 'cloudevents' ? CLOUD : SECURE_ACCESS;
  const shape = random.pick(shapes);
  const word = random.pick(shape.severity);
  const key = random.hex(32);
  const ip = `203.0.113.${random.below(254) + 1}`;
  const user = random.pick(USERS);
  const endpoint = random.pick(ENDPOINTS);
  const fate = settled ? random.below(10) : 0;
  const status = fate > 5 ? 'closed' : fate > 3 ? 'acknowledged' : 'new';
  const closeReason =
    status !== 'closed'
      ? null
      : origin.kind === 'alertmanager'
        ? 'source-resolved'
        : random.pick(['true-positive', 'benign', 'false-positive', 'duplicate']);
  const row: AlertRow = {
    id,
    source: origin.name,
    sourceKind: origin.kind,
    severity: severityOf(word),
    status,
    closeReason,
    title: random.pick(shape.titles),
    category: shape.category,
    alertType: shape.type,
    entity: random.pick([user, ip, endpoint, key]),
    time,
    receivedAt: time + 800 + random.below(4_000),
    updatedAt: time + 2 * HOUR,
    snoozedUntil: fate === 3 ? time + 30 * 24 * HOUR : null,
    occurrences: random.below(5) === 0 ? 2 + random.below(20) : 1,
    seen: settled,
    revision: 1,
  };
  if (status === 'new') row.updatedAt = row.receivedAt;
  return {
    row,
    externalId: `${300 + random.below(40)}.7741093.${time}`,
    origin: 'vendor',
    sourceSeverity: word,
    sourceStatus: origin.kind === 'alertmanager' ? (status === 'closed' ? 'resolved' : 'firing') : 'Active',
    description: origin.kind === 'secure-access' ? shape.condition : null,
    tactic: shape.type.includes('bola') ? 'Exfiltration' : null,
    techniques: shape.type.includes('bola') ? ['T1530', 'T1119'] : [],
    entities: {
      clientIp: [ip],
      username: [user],
      apiKeyId: origin.kind === 'secure-access' ? [key] : [],
      endpoint: [endpoint],
      hostname: origin.kind === 'alertmanager' ? [random.pick(HOSTS)] : [],
    },
    rule: null,
    tags: origin.kind === 'alertmanager' ? ['team=platform', `category=${shape.category}`] : [],
    notes: random.below(12) === 0 ? 'Seen last month too: the partner rotates its keys on the first.' : null,
    payload: payloadOf(origin.kind, shape, row, word, random, key),
    activity: activityOf(row, random),
  };
}

/** Texts as an attacker would send them: markup, characters that turn text round, and no place to break. */
export const HOSTILE_TITLES = [
  '<script>document.title="owned"</script><img src=x onerror=alert(1)>',
  'invoice \u202egpj.exe\u202c opened',
  'zero\u200bwidth\u200b\u200b\u200b and \u0007bell',
  `${'A'.repeat(400)}`,
  '{{constructor.constructor("return 1")()}} ${7*7} <b>bold</b> &amp; &lt;',
  'שלום עולם — עברית rule מימין לשמאל',
];
