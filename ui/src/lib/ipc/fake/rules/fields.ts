/** The registry of fields as the engine has it. */
import type { RuleFieldView, ValueCount } from '../../client';

const DLP = ['dlp.transaction'];
const API = ['api.request'];
const ALERT = ['alert'];
const GOVERNANCE = ['governance'];
const TRAFFIC = [...DLP, ...API];
const API_ALERT = [...API, ...ALERT];
const ALL_BUT_GOVERNANCE = [...DLP, ...API, ...ALERT];

type Line = [name: string, kind: string, of: string[], label: string, help: string];
const LINES: Line[] = [
  ['apps', 'set', DLP, 'Applications', 'Ids of the applications that matched.'],
  ['rules', 'set', DLP, 'Policy rules', 'Ids of the policy rules that were enforced.'],
  ['datatypes_detected', 'set', DLP, 'Data types found', 'Ids of the data types found.'],
  ['datatypes_obfuscated', 'set', DLP, 'Data types masked', 'Ids of the data types masked.'],
  ['usergroup', 'set', DLP, 'User groups', 'The directory groups of the user.'],
  ['detected', 'bool', DLP, 'Sensitive data found', 'Whether any sensitive data was found.'],
  ['obfuscated', 'bool', DLP, 'Masked', 'Whether any data was masked.'],
  ['blocked', 'bool', DLP, 'Blocked', 'Whether the request was blocked.'],
  ['bypassed', 'bool', DLP, 'Bypassed', 'Whether the request skipped scanning.'],
  ['client_device', 'text', DLP, 'Device', 'The sort of client device, such as Mobile.'],
  ['icap_mode', 'text', DLP, 'ICAP mode', 'How the traffic arrived: REQMOD, RESPMOD or API.'],
  ['hostname', 'hostname', ALL_BUT_GOVERNANCE, 'Host', 'The host that was called.'],
  ['username', 'text', ALL_BUT_GOVERNANCE, 'User', 'The user who called.'],
  ['client_ip', 'ip', ALL_BUT_GOVERNANCE, 'Client address', 'The address of the caller.'],
  ['content_type', 'media-type', TRAFFIC, 'Content type', 'The media type of the body.'],
  ['method', 'text', API, 'Method', 'The HTTP method.'],
  ['path', 'text', API, 'Path', 'The path that was asked for.'],
  ['status_code', 'number', API, 'Status code', 'The HTTP status that was answered.'],
  ['user_agent', 'text', API, 'User agent', 'What the client says it is.'],
  ['request_bytes', 'number', API, 'Request size', 'Bytes of the request.'],
  ['response_bytes', 'number', API, 'Response size', 'Bytes of the answer.'],
  ['latency_ms', 'number', API, 'Latency', 'Milliseconds until the answer.'],
  ['parameter_names', 'set', API, 'Parameter names', 'The names of the parameters.'],
  ['parameter_values', 'set', API, 'Parameter values', 'The parameters as name=value.'],
  ['parameter_types', 'set', API, 'Parameter types', 'The parameters as name:type.'],
  ['api_key_id', 'text', API_ALERT, 'API key', 'The id of the API key, never the key.'],
  ['endpoint', 'text', API_ALERT, 'Endpoint', 'The route template, such as /users/{id}.'],
  ['severity', 'text', ALERT, 'Severity', 'critical, high, medium, low, informational or unknown.'],
  ['category', 'text', ALERT, 'Category', 'The vendor’s category.'],
  ['alert_type', 'text', ALERT, 'Alert type', 'The vendor’s type of alert.'],
  ['status', 'text', ALERT, 'Status', 'new, acknowledged or closed.'],
  ['tactic', 'text', ALERT, 'Tactic', 'The MITRE ATT&CK tactic.'],
  ['rule_name', 'text', ALERT, 'Vendor’s rule', 'The rule of the vendor that raised the alert.'],
  ['source', 'text', ALERT, 'Source', 'The name of the source.'],
  ['event_type', 'text', GOVERNANCE, 'Event type', 'What happened.'],
  ['alert_class', 'text', GOVERNANCE, 'Alert class', 'The class of the alert.'],
  ['user_id', 'text', GOVERNANCE, 'User id', 'Who did it.'],
];

/** The files of the folder of lists. */
export const VALUE_LISTS: ValueCount[] = [
  { value: 'partners', count: 14 },
  { value: 'scanners', count: 212 },
];

export const RULE_FIELDS: RuleFieldView[] = LINES.map(([name, kind, of, label, help]) => ({
  name,
  label,
  help,
  kind,
  of,
}));

const BY_NAME = new Map(RULE_FIELDS.map((field) => [field.name, field]));

/** What a field holds; none where there is no such field. Any value of a payload can be named by its path. */
export function kindOf(name: string): string | null {
  if (name.startsWith('attr:')) return name.length > 5 ? 'text' : null;
  return BY_NAME.get(name)?.kind ?? null;
}

/** Whether events of that kind can say it. */
export function isOf(name: string, kind: string): boolean {
  return name.startsWith('attr:') || (BY_NAME.get(name)?.of.includes(kind) ?? false);
}
