/** What a rule says, in words. */
import type { RuleFieldView } from '../ipc/client';
import { number } from '../text/words';
import type { Condition, Measure, Trigger, Window } from './form';

export type Fields = ReadonlyMap<string, RuleFieldView>;

/** Names of fields as people read them. */
export function fieldWords(name: string, fields: Fields): string {
  if (name === '') return 'a field';
  return fields.get(name)?.label ?? name.replace(/^attr:/, '');
}

const lower = (words: string): string =>
  /^[A-Z][a-z]/.test(words) ? words.slice(0, 1).toLowerCase() + words.slice(1) : words;
export const fieldInside = (name: string, fields: Fields): string => lower(fieldWords(name, fields));

const COMPARED: Record<string, [string, string]> = {
  gte: ['is at least', 'is not at least'],
  gt: ['is above', 'is not above'],
  lte: ['is at most', 'is not at most'],
  lt: ['is below', 'is not below'],
  regex: ['matches', 'does not match'],
};

/** The operator of a condition: what stands between its field and its values. */
export function operatorWords(condition: Condition, fields: Fields): string {
  const at = condition.isNot ? 1 : 0;
  const compared = COMPARED[condition.op];
  if (compared !== undefined) return compared[at];
  const kind = fields.get(condition.type)?.kind;
  if (kind === 'set') return ['has', 'has not'][at] ?? '';
  if (kind === 'ip' && condition.values.some((value) => value.includes('/'))) return ['is in', 'is not in'][at] ?? '';
  return ['is', 'is not'][at] ?? '';
}

/** Values as one reads them: `a, b or c`; of many the first few. */
export function valuesWords(values: readonly string[], most = 3): string {
  if (values.length === 0) return '…';
  const shown = values.slice(0, most).map((value) => value.replace(/^list:/, 'the list '));
  if (values.length > most) return `${shown.join(', ')} or ${number(values.length - most)} more`;
  return shown.length === 1 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} or ${shown.at(-1) ?? ''}`;
}

export function conditionWords(condition: Condition, fields: Fields): string {
  const { type, op, values, isNot } = condition;
  // A yes or no reads best as what it says.
  if (fields.get(type)?.kind === 'bool' && op === 'anyOf' && values.length === 1) {
    const holds = (values[0]?.toLowerCase() === 'true') !== isNot;
    return `${fieldInside(type, fields)} is ${holds ? 'true' : 'false'}`;
  }
  return `${fieldInside(type, fields)} ${operatorWords(condition, fields)} ${valuesWords(values)}`;
}

export function lengthWords(count: string, unit: string): string {
  const word = count === '1' ? unit.replace(/s$/, '') : unit;
  return `${count || '…'} ${word}`;
}

export function windowWords(window: Window): string {
  switch (window.kind) {
    case 'none':
      return 'at once';
    case 'rolling':
      return `within any ${lengthWords(window.count, window.unit)}`;
    case 'fixed':
      return `in each ${lengthWords(window.count, window.unit)} of the clock`;
    case 'schedule':
      return `at each run of “${window.cron}”`;
  }
}

const UNIT_WORDS: Record<string, string> = { s: 'second', m: 'minute', h: 'hour', d: 'day' };
/** `1h` as `1 hour`. */
export function durationWords(text: string): string {
  const [, digits, letter] = /^(\d+)([smhd])$/.exec(text.trim()) ?? [];
  if (digits === undefined || letter === undefined) return text;
  return `${digits} ${UNIT_WORDS[letter] ?? ''}${digits === '1' ? '' : 's'}`;
}

/** What is counted, as `at least 5 events` ends. */
export function measureWords(measure: Measure, value: string, fields: Fields): string {
  const field = fieldInside(measure.field, fields);
  const many = value !== '1';
  switch (measure.kind) {
    case 'count':
      return many ? 'events' : 'event';
    case 'distinct':
      return `different values of ${field}`;
    case 'sum':
      return `${field} in all`;
    case 'mean':
      return `${field} on average`;
    case 'max':
      return `${field} at most`;
    case 'share':
      return `percent of them with ${measure.conditions.map((one) => conditionWords(one, fields)).join(' and ') || '…'}`;
  }
}

export function triggerWords(trigger: Trigger, measure: Measure, fields: Fields): string {
  const field = fieldInside(trigger.field, fields);
  switch (trigger.kind) {
    case 'atLeast':
      if (measure.kind === 'max')
        return `the greatest ${fieldInside(measure.field, fields)} is at least ${trigger.value}`;
      if (measure.kind === 'mean')
        return `the average ${fieldInside(measure.field, fields)} is at least ${trigger.value}`;
      if (measure.kind === 'sum') return `${fieldInside(measure.field, fields)} adds up to at least ${trigger.value}`;
      return `at least ${trigger.value || '…'} ${measureWords(measure, trigger.value, fields)}`;
    case 'absent':
      return 'no event';
    case 'baseline':
      return `unusually many ${measureWords(measure, '', fields)}`;
    case 'unseen':
      return `a ${field} not seen in ${durationWords(trigger.learn)}`;
    case 'rare':
      return `a ${field} that fewer than ${trigger.share} % had in ${durationWords(trigger.learn)}`;
  }
}
