/** Sources and quarantine of the fake. */
import type { CredentialsView, QuarantineView, RefusedView, SourceSpec, SourceView } from '../client';
import { ClientError } from '../errors';

export const KINDS: Record<string, { title: string; signIn: string }> = {
  'secure-access': { title: 'Cisco Secure Access', signIn: 'basic' },
  alertmanager: { title: 'Prometheus Alertmanager', signIn: 'basic' },
  cloudevents: { title: 'CloudEvents', signIn: 'bearer' },
};
export const LISTENING = 'http://127.0.0.1:8787';

export function makeSource(spec: SourceSpec, createdAt: number): SourceView {
  const kind = KINDS[spec.kind];
  if (kind === undefined) throw new ClientError('invalid', `“${spec.kind}” is not a kind of source.`, 'kind');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(spec.name)) {
    throw new ClientError(
      'invalid',
      `“${spec.name}” cannot name a source: use 1 to 64 letters, digits, “-”, “_” or “.”, starting with a letter or digit.`,
      'name',
    );
  }
  const signIn = spec.signIn ?? kind.signIn;
  return {
    name: spec.name,
    kind: spec.kind,
    kindTitle: kind.title,
    signIn,
    username: signIn === 'basic' ? (spec.username ?? 'tocsin') : null,
    address: `${LISTENING}/hooks/${spec.name}`,
    origins: spec.origins,
    createdAt,
    lastDeliveryAt: null,
    lastAlertAt: null,
    deliveries: 0,
    stored: 0,
    updated: 0,
    duplicate: 0,
    quarantined: 0,
    refused: [],
    demo: false,
  };
}

const TEST_BODIES: Record<string, string> = {
  'secure-access':
    '{"specversion":"1.0","type":"secureaccess.alerts.api.anomaly.v1","source":"secureaccess.alerts","id":"test-1","data":{"alerts":[{"alertId":"test-1","status":"Active","severity":"High","ruleName":"Test alert from Tocsin","ruleId":1,"alertType":"Authentication failures","category":"API anomaly","time":"2026-11-20T09:00:00Z"}]}}',
  alertmanager:
    '{"version":"4","status":"firing","alerts":[{"status":"firing","labels":{"alertname":"TestAlert","severity":"high"},"annotations":{"summary":"Test alert from Tocsin"},"startsAt":"2026-11-20T09:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"7e57a1e57a1e57a1"}]}',
  cloudevents:
    '{"specversion":"1.0","type":"dev.tocsin.test","source":"/test","id":"test-1","data":{"title":"Test alert from Tocsin","severity":"high"}}',
};

export function credentials(source: SourceView, secret: string): CredentialsView {
  const address = source.signIn === 'address-token' ? `${source.address}/k/${secret}` : source.address;
  const type = source.kind === 'cloudevents' ? 'application/cloudevents+json' : 'application/json';
  const signIn =
    source.signIn === 'basic'
      ? ` -u '${source.username}:${secret}'`
      : source.signIn === 'bearer'
        ? ` -H 'Authorization: Bearer ${secret}'`
        : '';
  const curl = `curl${signIn} -H 'Content-Type: ${type}' -d '${TEST_BODIES[source.kind] ?? '{}'}' ${address}`;
  return { source, address, username: source.username, secret, curl };
}

export const REFUSED: RefusedView[] = [
  {
    reason: 'wrong-sign-in',
    explanation: 'The user name or password was wrong. Check what the sender uses, or set a new password here.',
    count: 14,
    lastAt: 0,
  },
  {
    reason: 'too-large',
    explanation: 'The delivery was larger than 1 MiB. Let the sender put fewer alerts into one.',
    count: 1,
    lastAt: 0,
  },
];

export function makeQuarantine(source: string, now: number): QuarantineView[] {
  const base = { source, attempts: 0 };
  const bare =
    '{\n  "specversion": "1.0",\n  "type": "secureaccess.alerts.api.anomaly.v1",\n  "data": {\n    "alerts": [\n      "status": "Active",\n      "severity": "High"\n    ]\n  }\n}';
  const cut = '{"specversion":"1.0","data":{"alerts":[{"alertId":"311.7741093.1772611960000","severi';
  return [
    {
      ...base,
      id: 'q1',
      receivedAt: now - 40 * 60_000,
      reason: 'An array holds name and value pairs without braces around them.',
      line: 6,
      column: 15,
      path: '$.data.alerts[0]',
      size: bare.length,
      body: bare,
    },
    {
      ...base,
      id: 'q2',
      receivedAt: now - 3 * 3_600_000,
      reason: 'The text ends in the middle of a name.',
      line: 1,
      column: cut.length + 1,
      path: '$.data.alerts[0]',
      size: cut.length,
      body: cut,
    },
  ];
}
