/** What a rule needs and a form does not say yet, in the words of a form. */
import type { Condition, Form } from './form';

export interface Unsaid {
  /** The part of the document it is about, such as `name` or `conditions[0]`. */
  part: string;
  words: string;
}

function ofCondition(condition: Condition, part: string): Unsaid[] {
  if (condition.type === '') return [{ part, words: 'Choose a field, or remove the condition.' }];
  if (condition.values.every((value) => value.trim() === ''))
    return [{ part, words: 'Say at least one value, or remove the condition.' }];
  return [];
}

function ofMeasure({ kind, field, conditions }: Form['measure']): Unsaid[] {
  if (kind === 'count') return [];
  if (kind !== 'share') return field === '' ? [{ part: 'measure', words: 'Choose the field that is measured.' }] : [];
  if (conditions.length === 0) return [{ part: 'measure', words: 'Say which part of the events counts.' }];
  return conditions.flatMap((one, at) => ofCondition(one, `measure.conditions[${at}]`));
}

function ofTrigger({ kind, value, field }: Form['trigger']): Unsaid[] {
  if (kind === 'atLeast' && value.trim() === '') return [{ part: 'trigger', words: 'Say from how many on it fires.' }];
  if ((kind === 'unseen' || kind === 'rare') && field === '')
    return [{ part: 'trigger', words: 'Choose the field whose values are watched.' }];
  return [];
}

function ofWindow({ kind, count, cron }: Form['window']): Unsaid[] {
  if ((kind === 'rolling' || kind === 'fixed') && count.trim() === '')
    return [{ part: 'window', words: 'Say how long the window is.' }];
  return kind === 'schedule' && cron.trim() === '' ? [{ part: 'window', words: 'Say when it runs.' }] : [];
}

export function unsaid(form: Form): Unsaid[] {
  const name = form.name.trim() === '' ? [{ part: 'name', words: 'Give the rule a name.' }] : [];
  const conditions =
    form.conditions.length === 0
      ? [{ part: 'conditions', words: 'Add at least one condition: which events count.' }]
      : form.conditions.flatMap((one, at) => ofCondition(one, `conditions[${at}]`));
  return [...name, ...conditions, ...ofTrigger(form.trigger), ...ofMeasure(form.measure), ...ofWindow(form.window)];
}
