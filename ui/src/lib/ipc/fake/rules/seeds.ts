/** The rules the fake begins with: one of each sort that a list has to tell apart. */
import type { Doc } from '../../../rule/form';
import type { RuleState } from '../../client';
import { DAY } from './clock';

export interface Seed {
  state: RuleState;
  /** Days ago that it was made, and that it was switched off. */
  age: number;
  off?: number;
  /** Of ten of its alerts that were closed, how many as true and how many as false positives. */
  truths: number;
  falses: number;
  documents: Doc[];
  /** A version that waits to be promoted. */
  candidate?: Doc;
  error?: string;
  late?: number;
}

const rolling = (count: number, unit: string): Doc => ({
  kind: 'rolling',
  thresholdTime: String(count),
  thresholdType: unit,
});
const is = (type: string, ...values: string[]): Doc => ({ type, values });

const EXFILTRATION: Doc = {
  name: 'Exfiltration by one user',
  description: 'Sensitive data leaves in uploads by one user in a short time',
  severity: 'high',
  mode: 'live',
  conditions: [is('detected', 'true'), is('icap_mode', 'REQMOD')],
  groupBy: ['username'],
  window: rolling(10, 'minutes'),
  trigger: { kind: 'atLeast', value: 4 },
  suppressFor: '1h',
  channels: ['desktop', 'soc-mail'],
  tags: ['attack.t1567'],
};

const MISSING: Doc = {
  name: 'Calls of pages that are not there',
  description: 'Somebody may be walking through the API',
  severity: 'low',
  mode: 'live',
  conditions: [is('status_code', '404')],
  window: rolling(5, 'minutes'),
};

const LEGACY: Doc = {
  name: 'Uploads to the old file host',
  description: 'Nothing should call it any more',
  severity: 'medium',
  mode: 'live',
  conditions: [is('hostname', 'legacy.example.com')],
  groupBy: ['username'],
  window: rolling(1, 'hours'),
};

const TOR: Doc = {
  name: 'Tokens asked for over Tor',
  description: 'Sign-in from an exit of the Tor network',
  severity: 'critical',
  mode: 'live',
  conditions: [is('client_ip', 'list:tor-exits'), is('endpoint', '/v1/token')],
  window: rolling(1, 'hours'),
  tags: ['attack.t1090'],
};

const SHADOW: Doc = {
  name: 'One key, many addresses',
  description: 'A key that is used from several places at once may have leaked',
  severity: 'high',
  mode: 'shadow',
  conditions: [is('status_code', '401', '403')],
  groupBy: ['api_key_id'],
  measure: { kind: 'distinct', field: 'client_ip' },
  window: rolling(24, 'hours'),
  trigger: { kind: 'atLeast', value: 2 },
  suppressFor: '6h',
};

const OFF: Doc = {
  name: 'Large answers to one key',
  description: 'Bulk reading through the reporting API',
  severity: 'medium',
  enable: false,
  mode: 'live',
  conditions: [{ type: 'status_code', op: 'lt', values: ['300'] }],
  groupBy: ['api_key_id'],
  measure: { kind: 'sum', field: 'response_bytes' },
  window: { kind: 'fixed', thresholdTime: '1', thresholdType: 'days', zone: 'Europe/Berlin' },
  trigger: { kind: 'atLeast', value: 60_000 },
};

const SIGN_IN: Doc = {
  name: 'Sign-in failures in a row',
  description: 'Someone tries passwords or an old key',
  severity: 'high',
  mode: 'live',
  conditions: [is('status_code', '401', '403')],
  groupBy: ['username', 'client_ip'],
  window: rolling(5, 'minutes'),
  trigger: { kind: 'atLeast', value: 5 },
  suppressFor: '30m',
  tags: ['attack.t1110'],
};

const SHIELD: Doc = {
  name: 'Unmasked health data, each morning',
  description: 'What left unmasked since the day before',
  conditions: [is('datatypes_detected', 'phi'), is('obfuscated', 'false')],
  thresholdTime: '0 8 * * *',
  thresholdType: 'CRON',
  notificationTypes: ['email'],
  emailRecipients: ['privacy@example.net'],
  enable: true,
};

export const SEEDS: Seed[] = [
  {
    state: 'live',
    age: 58,
    truths: 7,
    falses: 1,
    documents: [{ ...EXFILTRATION, trigger: { kind: 'atLeast', value: 6 }, suppressFor: '30m' }, EXFILTRATION],
  },
  { state: 'live', age: 21, truths: 0, falses: 6, documents: [MISSING], late: 3 },
  { state: 'live', age: 60, truths: 3, falses: 3, documents: [LEGACY] },
  {
    state: 'live',
    age: 12,
    truths: 0,
    falses: 0,
    documents: [TOR],
    error:
      'The list “tor-exits” cannot be read: its file is gone. Name another file for it, or leave the condition out.',
  },
  { state: 'shadow', age: 9, truths: 0, falses: 0, documents: [SHADOW] },
  { state: 'off', age: 50, off: 16, truths: 4, falses: 2, documents: [OFF] },
  {
    state: 'live',
    age: 44,
    truths: 5,
    falses: 2,
    documents: [SIGN_IN],
    candidate: { ...SIGN_IN, trigger: { kind: 'atLeast', value: 7 }, severity: 'critical' },
  },
  { state: 'live', age: 30, truths: 6, falses: 1, documents: [SHIELD] },
];

const THINGS = [
  'uploads',
  'sign-ins',
  'large answers',
  'new clients',
  'masked records',
  'partner calls',
  'token requests',
];
const PLACES = ['Lyon', 'Porto', 'Aarhus', 'Graz', 'Malmö', 'Ghent', 'Turin', 'Brno', 'Cork'];
const STATES: RuleState[] = ['live', 'live', 'live', 'shadow', 'off'];

/** So many rules, made of the same few questions so that they are counted quickly. */
export function manySeeds(count: number): Seed[] {
  const bases = [EXFILTRATION, MISSING, LEGACY, SHADOW, SIGN_IN];
  return Array.from({ length: count }, (_, at): Seed => {
    const base = bases[at % bases.length] ?? EXFILTRATION;
    const name = `Unusual ${THINGS[at % THINGS.length] ?? ''} in ${PLACES[at % PLACES.length] ?? ''} ${at + 1}`;
    const severity = ['critical', 'high', 'medium', 'low', 'informational'][(at * 7) % 5] ?? 'medium';
    return {
      state: STATES[(at * 3) % 5] ?? 'live',
      age: 10 + (at % 50),
      truths: at % 8,
      falses: at % 3,
      documents: [{ ...base, name, severity, tags: [`site-${PLACES[at % PLACES.length]?.toLowerCase() ?? ''}`] }],
    };
  });
}

export const ago = (now: number, days: number): number => now - days * DAY;
