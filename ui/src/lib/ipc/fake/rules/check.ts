/** What is wrong with a document, in the engine's words and places. */
import {
  type Condition,
  type Doc,
  type Form,
  isMap,
  isShields,
  type Json,
  PARTS,
  read,
  same,
} from '../../../rule/form';
import { CHANNELS, isChannel } from '../../../rule/channels';
import { parse } from '../../../rule/text';
import type { AdviceView, ProblemView, RuleCheckView, RuleTestView } from '../../client';
import { isZone, lengthOf, readCron, windowLength } from './clock';
import { run } from './evaluate';
import type { FakeEvent, Value } from './events';
import { kindOf, RULE_FIELDS } from './fields';

/** Whom Shield tells; read and mapped onto channels. */
const TOLD = ['notificationTypes', 'emailRecipients', 'slackChannels', 'teamsChannels', 'webhookUrls'];
const KEYS = new Set<string>([...PARTS, 'enable', 'mode', 'tests', 'id', 'createdAt', 'updatedAt', ...TOLD]);
const SEVERITIES = ['critical', 'high', 'medium', 'low', 'informational', 'unknown'];

class Findings {
  problems: ProblemView[] = [];
  warnings: ProblemView[] = [];
  error(path: string, reason: string, remedy: string): void {
    this.problems.push({ path, reason, remedy });
  }
  warn(path: string, reason: string, remedy: string): void {
    this.warnings.push({ path, reason, remedy });
  }
}

/** How alike two names are: pairs of letters they share. */
function alike(one: string, other: string): number {
  const pairs = new Set(Array.from({ length: one.length }, (_, at) => one.slice(at, at + 2).toLowerCase()));
  return Array.from({ length: other.length }, (_, at) => other.slice(at, at + 2)).filter((pair) => pairs.has(pair))
    .length;
}
const nearest = (name: string, names: readonly string[]): string =>
  names.toSorted((a, b) => alike(name, b) - alike(name, a))[0] ?? 'hostname';

function field(path: string, name: string, found: Findings): string | null {
  const kind = kindOf(name);
  if (name === '') found.error(path, 'no field is chosen', 'choose what it looks at');
  else if (kind === null) {
    const near = nearest(
      name,
      RULE_FIELDS.map((one) => one.name),
    );
    found.error(path, `there is no field “${name}”`, `did you mean “${near}”?`);
  }
  return kind;
}

function values(path: string, { type, op, values: all }: Condition, found: Findings): void {
  if (all.length === 0) found.error(path, 'there is no value', 'give at least one, or remove the condition');
  const kind = kindOf(type);
  all.forEach((value, at) => {
    const place = `${path}[${at}]`;
    if (all.indexOf(value) < at) found.error(place, 'this value stands here twice', 'keep one of the two');
    if (value === '') found.error(place, 'it is empty', 'fill it in or leave it out');
    else if (kind === 'bool' && !/^(true|false)$/i.test(value)) {
      found.error(place, `“${value}” is neither true nor false`, 'write true or false');
    } else if (kind === 'number' && op !== 'regex' && !/^[-+]?\d+(\.\d+)?$/.test(value)) {
      found.error(place, `“${value}” is no number`, 'write digits, such as 500 or -0.5');
    }
  });
}

function conditions(path: string, all: readonly Condition[], found: Findings): void {
  all.forEach((condition, at) => {
    const place = `${path}[${at}]`;
    const first = all.findIndex((other) => same(other, condition));
    if (first < at) found.error(place, `it repeats ${path}[${first}]`, 'keep one of the two');
    const kind = field(`${place}.type`, condition.type, found);
    values(`${place}.values`, condition, found);
    const compares = condition.op !== 'anyOf' && condition.op !== 'regex';
    if (compares && kind !== null && kind !== 'number') {
      found.error(`${place}.op`, `${condition.type} is no number`, 'leave op out, or look at another field');
    }
  });
  all.forEach((one, at) => {
    const other = all.findIndex(
      (two, place) =>
        place > at &&
        two.type === one.type &&
        same(two.values, one.values) &&
        two.op === one.op &&
        two.isNot !== one.isNot,
    );
    if (other !== -1) {
      found.warn(`${path}[${other}]`, `it can never hold together with ${path}[${at}]`, 'remove one of the two');
    }
  });
}

function head(form: Form, found: Findings): void {
  if (form.name.trim() === '') found.error('$.name', 'the name is empty', 'say what the rule is about');
  const lengths = [
    ['$.name', form.name, 64],
    ['$.description', form.description, 128],
  ] as const;
  for (const [path, text, most] of lengths) {
    const length = [...text].length;
    if (length > most) found.error(path, `it has ${length} characters, and ${most} is the most`, 'shorten it');
  }
  if (!SEVERITIES.includes(form.severity)) {
    found.error(
      '$.severity',
      `“${form.severity}” is no severity`,
      'write critical, high, medium, low or informational',
    );
  }
  if (form.suppressFor !== '' && lengthOf(form.suppressFor) === null) {
    const remedy = 'write a whole number and s, m, h or d, such as 90s, 5m, 1h or 7d, at most 366d';
    found.error('$.suppressFor', `“${form.suppressFor}” is no length of time`, remedy);
  }
}

function window(form: Form, shield: boolean, found: Findings): void {
  const at = shield ? '$' : '$.window';
  const { kind, cron, count, zone } = form.window;
  if (kind === 'none') return;
  if (!isZone(zone)) found.error(`${at}.zone`, `“${zone}” is no time zone`, 'write an IANA name such as Europe/Berlin');
  if (kind === 'schedule') {
    const readable = readCron(cron) !== null;
    if (!readable)
      found.error(`${at}.thresholdTime`, `“${cron}” is no schedule`, 'write five fields, such as 0 8 * * *');
    return;
  }
  const length = windowLength(form.window);
  if (length === null || length === 0 || length > 366 * 86_400_000) {
    const remedy = 'write a whole number without a sign, from 1 minute to 366 days';
    found.error(`${at}.thresholdTime`, `“${count}” ${form.window.unit} is no length of a window`, remedy);
  }
}

function trigger(form: Form, found: Findings): void {
  const { kind, value } = form.trigger;
  const whole = form.measure.kind === 'count' || form.measure.kind === 'distinct';
  if (kind === 'atLeast') {
    if (!(Number(value) > 0))
      found.error('$.trigger.value', `“${value}” is not above zero`, 'write a number above zero');
    else if (whole && !/^\d+$/.test(value.trim())) {
      found.error('$.trigger.value', `${value} is not whole`, 'write a whole number from 1');
    }
    if (form.window.kind === 'none' && (Number(value) > 1 || form.measure.kind !== 'count')) {
      const remedy = 'add a window, such as {"thresholdTime": "5", "thresholdType": "minutes"}';
      found.error('$.window', 'more than one event is asked for, and there is no window', remedy);
    }
  }
  if (kind === 'absent' && form.window.kind !== 'rolling') {
    found.error('$.window', 'absent needs a rolling window: how long nothing has come', 'add one');
  }
  if (kind === 'baseline' && form.window.kind !== 'fixed') {
    found.error('$.window', 'baseline compares fixed windows', 'make the window’s kind fixed');
  }
  if (kind === 'unseen' || kind === 'rare') field('$.trigger.field', form.trigger.field, found);
}

function measured(form: Form, found: Findings): void {
  const { kind, field: name } = form.measure;
  if (kind === 'share') conditions('$.measure.conditions', form.measure.conditions, found);
  if (kind === 'share' && form.measure.conditions.length === 0) {
    found.error('$.measure.conditions', 'there is no condition', 'say which part of the events counts');
  }
  if (kind === 'count' || kind === 'share') return;
  const holds = field('$.measure.field', name, found);
  if (kind !== 'distinct' && holds !== null && holds !== 'number') {
    found.error(
      '$.measure.field',
      `${name} is no number`,
      'use a number such as response_bytes, or the measure distinct',
    );
  }
}

function advise(form: Form): AdviceView[] {
  const advice: AdviceView[] = [];
  const letters = form.name.replaceAll(/[^\p{L}]/gu, '').toLowerCase();
  if (letters.length < 4 || ['test', 'rule', 'newrule', 'alert', 'untitled'].includes(letters)) {
    const remedy = 'name what happens and to what, since the name is the title of its alerts';
    advice.push({ code: 'vague-name', reason: `“${form.name}” does not say what it is about`, remedy });
  }
  if (form.description.trim() === '') {
    const remedy = 'write down why it exists, for whoever gets its alerts';
    advice.push({ code: 'no-description', reason: 'it has no description', remedy });
  }
  const [only] = form.conditions;
  if (form.conditions.length === 1 && only && (only.isNot || kindOf(only.type) === 'bool')) {
    const reason = `its only condition, on ${only.type}, holds for very many events`;
    advice.push({ code: 'broad-condition', reason, remedy: 'add a condition' });
  }
  if (form.window.kind === 'fixed' && form.window.unit !== 'days' && form.trigger.kind === 'atLeast') {
    const remedy = 'use a rolling window for bursts; fixed ones are for summaries of a day or longer';
    advice.push({
      code: 'fixed-window',
      reason: 'a burst across the border of two fixed windows is counted in two halves',
      remedy,
    });
  }
  return advice;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function eventOf(value: Json, at: number): FakeEvent {
  const from = isMap(value) ? value : {};
  return {
    id: text(from.id) || `test-${at}`,
    time: Date.parse(text(from.time)) || at,
    kind: text(from.kind) === 'api.request' ? 'api.request' : 'dlp.transaction',
    source: text(from.source),
    fields: (isMap(from.fields) ? from.fields : {}) as Record<string, Value>,
  };
}

/** Runs the tests that are kept with a rule. */
function tests(doc: Doc, form: Form): RuleTestView[] {
  if (!Array.isArray(doc.tests)) return [];
  return doc.tests.filter(isMap).map((test) => {
    const events = (Array.isArray(test.events) ? test.events : []).map(eventOf).toSorted((a, b) => a.time - b.time);
    const { matched, firings } = run(form, events);
    const fires = test.fires === true;
    return {
      name: text(test.name),
      fires,
      events: events.length,
      matched: matched.length,
      firings: firings.length,
      passed: firings.length > 0 === fires,
    };
  });
}

const UNREADABLE = { valid: false, name: null, shield: false, document: null, warnings: [], advice: [], tests: [] };

/** Channels that there are not: a document may come from where they are. */
function channels(names: readonly string[], found: Findings): void {
  const who = names.some(isChannel) ? 'nobody is told by it' : 'nobody is told of what the rule finds';
  const remedy = `write one that there is (“${CHANNELS.join('”, “')}”), or leave channels out to be told on the desktop`;
  names.forEach((name, at) => {
    if (!isChannel(name)) found.warn(`$.channels[${at}]`, `there is no channel “${name}”, so ${who}`, remedy);
  });
}

/** Everything that is wrong with a document, and what may be. */
export function check(document: string): RuleCheckView {
  const parsed = parse(document);
  if (parsed.doc === null) {
    const problems = parsed.problems.map(({ line, message }) => ({
      path: '$',
      reason: `this is not YAML: ${message} at line ${line}`,
      remedy: 'correct it there',
    }));
    return { ...UNREADABLE, problems };
  }
  const { doc } = parsed;
  const [form, shield, found] = [read(doc), isShields(doc), new Findings()];
  for (const key of Object.keys(doc)) {
    if (KEYS.has(key) || key === 'thresholdTime' || key === 'thresholdType') continue;
    const near = nearest(key, [...KEYS]);
    if (shield) found.warn(`$.${key}`, `“${key}” is unknown and has no effect`, 'it is kept as it is');
    else found.error(`$.${key}`, `there is no key “${key}”`, `did you mean “${near}”?`);
  }
  head(form, found);
  if (form.conditions.length === 0) {
    const remedy = 'say which events count, such as {"type": "hostname", "values": ["api.example.com"]}';
    found.error('$.conditions', 'there is no condition', remedy);
  }
  conditions('$.conditions', form.conditions, found);
  form.groupBy.forEach((name, at) => field(`$.groupBy[${at}]`, name, found));
  if (form.groupBy.length > 3) found.error('$.groupBy', 'it groups by more than three fields', 'leave some out');
  measured(form, found);
  window(form, shield, found);
  trigger(form, found);
  channels(form.channels, found);
  const valid = found.problems.length === 0;
  return {
    valid,
    name: form.name || null,
    shield,
    document: JSON.stringify(doc),
    problems: found.problems,
    warnings: found.warnings,
    advice: advise(form),
    tests: valid ? tests(doc, form) : [],
  };
}
