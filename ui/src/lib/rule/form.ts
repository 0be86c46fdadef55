/**
 * A rule's document as a form sees it. Reading is lenient: what a form cannot show keeps its place in the document, and
 * what a form did not change is written back as it stood.
 */

export type Json = null | boolean | number | string | Json[] | Doc;
export interface Doc {
  [key: string]: Json;
}

export const OPS = ['anyOf', 'gte', 'gt', 'lte', 'lt', 'regex'] as const;
export type Op = (typeof OPS)[number];
export interface Condition {
  type: string;
  op: Op;
  values: string[];
  isNot: boolean;
}

export const MEASURES = ['count', 'distinct', 'sum', 'mean', 'max', 'share'] as const;
export type MeasureKind = (typeof MEASURES)[number];
export interface Measure {
  kind: MeasureKind;
  /** What is measured, but for count and share. */
  field: string;
  /** Of a share: the conditions of the part, and the fewest events of the whole. */
  conditions: Condition[];
  minimumEvents: string;
}

export const UNITS = ['minutes', 'hours', 'days'] as const;
export type Unit = (typeof UNITS)[number];
export type WindowKind = 'none' | 'rolling' | 'fixed' | 'schedule';
export interface Window {
  kind: WindowKind;
  /** How many units, as it is written. */
  count: string;
  unit: Unit;
  cron: string;
  /** An IANA name. */
  zone: string;
}

export const TRIGGERS = ['atLeast', 'absent', 'baseline', 'unseen', 'rare'] as const;
export type TriggerKind = (typeof TRIGGERS)[number];
export interface Trigger {
  kind: TriggerKind;
  /** The threshold; of a baseline the least value, or nothing. */
  value: string;
  field: string;
  learn: string;
  deviations: string;
  minimumWindows: string;
  minimumHistory: string;
  /** In percent. */
  share: string;
}

export interface Form {
  name: string;
  description: string;
  severity: string;
  sources: string[];
  conditions: Condition[];
  groupBy: string[];
  measure: Measure;
  window: Window;
  trigger: Trigger;
  /** A duration such as `1h`; nothing leaves it to the window. */
  suppressFor: string;
  channels: string[];
  tags: string[];
}
export type Part = keyof Form;

const LETTERS: Record<string, Unit> = { m: 'minutes', h: 'hours', d: 'days' };
/** Keys that only a document of ours may have: one of them decides whose it is. */
const OURS = ['window', 'trigger', 'measure', 'groupBy', 'mode', 'sources', 'suppressFor', 'severity'];

export function isMap(value: Json | undefined): value is Doc {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
const text = (value: Json | undefined, otherwise = ''): string =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : otherwise;
const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map((one) => text(one)) : []);
const oneOf = <T extends string>(words: readonly T[], value: string, otherwise: T): T =>
  words.find((word) => word === value) ?? otherwise;

/** Whether a document is one of Shield's: it says its window at the top and nothing that is ours alone. */
export function isShields(doc: Doc): boolean {
  return ('thresholdTime' in doc || 'thresholdType' in doc) && !OURS.some((key) => key in doc);
}

export function readCondition(value: Json): Condition {
  const from = isMap(value) ? value : {};
  return {
    type: text(from.type),
    op: oneOf(OPS, text(from.op, 'anyOf'), 'anyOf'),
    values: texts(from.values),
    isNot: from.isNot === true,
  };
}

/** A condition that says nothing yet. */
export const emptyCondition = (): Condition => readCondition(null);

function readWindow(from: Doc | null): Window {
  const window: Window = { kind: 'none', count: '5', unit: 'minutes', cron: '0 8 * * *', zone: 'UTC' };
  if (from === null) return window;
  const time = text(from.thresholdTime).trim();
  const type = text(from.thresholdType);
  const kind = text(from.kind, type === 'CRON' ? 'schedule' : 'rolling');
  window.zone = text(from.zone, 'UTC');
  // As it is typed: a space at its end is the beginning of what comes next.
  if (type === 'CRON') return { ...window, kind: 'schedule', cron: text(from.thresholdTime) };
  const [, digits = time, letter = ''] = /^(.*?)([mhd]?)$/.exec(time) ?? [];
  window.kind = oneOf(['rolling', 'fixed', 'schedule'], kind, 'rolling');
  window.count = digits;
  window.unit = LETTERS[letter] ?? oneOf(UNITS, type, 'minutes');
  return window;
}

function readMeasure(value: Json | undefined): Measure {
  const from = isMap(value) ? value : {};
  return {
    kind: oneOf(MEASURES, text(from.kind, 'count'), 'count'),
    field: text(from.field),
    conditions: Array.isArray(from.conditions) ? from.conditions.map(readCondition) : [],
    minimumEvents: text(from.minimumEvents, '1'),
  };
}

function readTrigger(value: Json | undefined): Trigger {
  const from = isMap(value) ? value : {};
  const kind = oneOf(TRIGGERS, text(from.kind, 'atLeast'), 'atLeast');
  return {
    kind,
    value: kind === 'baseline' ? text(from.atLeast) : text(from.value, '1'),
    field: text(from.field),
    learn: text(from.learn, '30d'),
    deviations: text(from.deviations, '3'),
    minimumWindows: text(from.minimumWindows, '10'),
    minimumHistory: text(from.minimumHistory, '100'),
    share: text(from.share, '1'),
  };
}

/** What a form shows of a document. */
export function read(doc: Doc): Form {
  const window = isShields(doc) ? doc : isMap(doc.window) ? doc.window : null;
  return {
    name: text(doc.name),
    description: text(doc.description),
    severity: text(doc.severity, 'medium'),
    sources: texts(doc.sources),
    conditions: Array.isArray(doc.conditions) ? doc.conditions.map(readCondition) : [],
    groupBy: texts(doc.groupBy),
    measure: readMeasure(doc.measure),
    window: readWindow(window),
    trigger: readTrigger(doc.trigger),
    suppressFor: text(doc.suppressFor),
    channels: texts(doc.channels),
    tags: texts(doc.tags),
  };
}

/** Decimal text as a number where that loses nothing: documents say thresholds as numbers. */
export function numberOrText(value: string): Json {
  const plain = /^-?(0|[1-9]\d{0,14})(\.\d{1,3})?$/.test(value.trim());
  return plain ? Number(value) : value;
}

export function conditionDoc(condition: Condition): Doc {
  const doc: Doc = { type: condition.type, values: [...condition.values] };
  if (condition.op !== 'anyOf') doc.op = condition.op;
  if (condition.isNot) doc.isNot = true;
  return doc;
}

function windowDoc(window: Window): Json | undefined {
  if (window.kind === 'none') return undefined;
  const time =
    window.kind === 'schedule'
      ? { thresholdTime: window.cron, thresholdType: 'CRON' }
      : { thresholdTime: window.count, thresholdType: window.unit };
  const doc: Doc = { kind: window.kind, ...time };
  if (window.zone !== 'UTC') doc.zone = window.zone;
  return doc;
}

function measureDoc(measure: Measure): Json | undefined {
  if (measure.kind === 'count') return undefined;
  if (measure.kind !== 'share') return { kind: measure.kind, field: measure.field };
  return {
    kind: 'share',
    conditions: measure.conditions.map(conditionDoc),
    minimumEvents: numberOrText(measure.minimumEvents),
  };
}

function triggerDoc(trigger: Trigger): Json | undefined {
  const { kind, field, learn } = trigger;
  const minimumHistory = numberOrText(trigger.minimumHistory);
  switch (kind) {
    case 'atLeast':
      return trigger.value.trim() === '1' ? undefined : { kind, value: numberOrText(trigger.value) };
    case 'absent':
      return { kind };
    case 'baseline': {
      const windows = numberOrText(trigger.minimumWindows);
      const doc: Doc = { kind, learn, deviations: numberOrText(trigger.deviations), minimumWindows: windows };
      if (trigger.value.trim() !== '') doc.atLeast = numberOrText(trigger.value);
      return doc;
    }
    case 'unseen':
      return { kind, field, learn, minimumHistory };
    case 'rare':
      return { kind, field, learn, share: numberOrText(trigger.share), minimumHistory };
  }
}

const list = (values: readonly Json[]): Json | undefined => (values.length === 0 ? undefined : [...values]);

/** What each part of a form is in a document; nothing where the document needs no word of it. */
const WRITERS: { [P in Part]: (form: Form) => Json | undefined } = {
  name: (form) => form.name,
  description: (form) => form.description || undefined,
  severity: (form) => form.severity,
  sources: (form) => list(form.sources),
  conditions: (form) => form.conditions.map(conditionDoc),
  groupBy: (form) => list(form.groupBy),
  measure: (form) => measureDoc(form.measure),
  window: (form) => windowDoc(form.window),
  trigger: (form) => triggerDoc(form.trigger),
  suppressFor: (form) => form.suppressFor || undefined,
  channels: (form) => list(form.channels),
  tags: (form) => list(form.tags),
};
/** The order in which a new document says its keys. */
export const PARTS: readonly Part[] = [
  'name',
  'description',
  'severity',
  'sources',
  'conditions',
  'groupBy',
  'measure',
  'window',
  'trigger',
  'suppressFor',
  'channels',
  'tags',
];
/** Parts that Shield's documents have as well. */
const SHARED: readonly Part[] = ['name', 'description', 'conditions', 'channels', 'tags'];

export const same = (left: unknown, right: unknown): boolean => JSON.stringify(left) === JSON.stringify(right);

/** Where a key belongs among those that are there: behind what is said before it. */
function placed(doc: Doc, key: Part, value: Json): Doc {
  if (key in doc) return { ...doc, [key]: value };
  const before = new Set<string>(PARTS.slice(0, PARTS.indexOf(key)));
  const entries = Object.entries(doc);
  const at = entries.findLastIndex(([name]) => before.has(name)) + 1;
  return Object.fromEntries([...entries.slice(0, at), [key, value], ...entries.slice(at)]);
}

/** The document but for some of its keys. */
export function without(doc: Doc, ...keys: string[]): Doc {
  return Object.fromEntries(Object.entries(doc).filter(([name]) => !keys.includes(name)));
}

/** Shield's document in our words: the same rule, with what ours alone can say. */
function asOurs(doc: Doc, form: Form): Doc {
  const ours: Doc = {};
  for (const [key, value] of Object.entries(doc)) {
    if (key === 'enable') ours.mode = value === false ? 'shadow' : 'live';
    else if (key === 'thresholdTime' || key === 'thresholdType') ours.window = windowDoc(form.window) ?? null;
    // What a console of Shield's adds; ours keeps times of its own.
    else if (key !== 'id' && key !== 'createdAt' && key !== 'updatedAt') ours[key] = value;
  }
  return ours;
}

/** The document with what a form changed. What it did not change stands as it stood. */
export function write(form: Form, base: Doc): Doc {
  const before = read(base);
  const changed = PARTS.filter((part) => !same(form[part], before[part]));
  if (changed.length === 0) return base;
  let doc = isShields(base) && changed.some((part) => !SHARED.includes(part)) ? asOurs(base, before) : base;
  for (const part of changed) {
    const value = WRITERS[part](form);
    doc = value === undefined ? without(doc, part) : placed(doc, part, value);
  }
  return doc;
}

/** What a new rule begins with. It records and never notifies until somebody has seen what it would do. */
export function blank(): Doc {
  return {
    name: '',
    severity: 'medium',
    mode: 'shadow',
    conditions: [],
    window: { kind: 'rolling', thresholdTime: '5', thresholdType: 'minutes' },
  };
}
