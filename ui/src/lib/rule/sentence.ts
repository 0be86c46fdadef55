/** The live sentence of a rule: pieces of text, of which the bold ones are the controls of what they say. */
import { toldBy } from './channels';
import type { Form } from './form';
import { conditionWords, durationWords, type Fields, fieldInside, triggerWords, windowWords } from './words';

/** What a bold piece opens. */
export type Control =
  | { part: 'condition'; at: number }
  | { part: 'add' | 'groupBy' | 'trigger' | 'window' | 'severity' | 'channels' | 'suppressFor' | 'sources' };
export interface Piece {
  text: string;
  control?: Control;
}

/** Tells the words of a sentence apart; the first condition keeps its name when it comes to say something. */
export function wordName(control: Control): string {
  if (control.part === 'add') return 'condition-0';
  return control.part === 'condition' ? `condition-${control.at}` : control.part;
}

/** How long a rule is quiet after a firing, when nothing says so. */
export function quietByDefault(form: Form): string {
  return form.window.kind === 'rolling' ? `${form.window.count}${form.window.unit.slice(0, 1)}` : '0s';
}

export function sentence(form: Form, fields: Fields): Piece[] {
  const pieces: Piece[] = [];
  const say = (text: string): void => void pieces.push({ text });
  const control = (text: string, what: Control): void => void pieces.push({ text, control: what });

  say('When ');
  control(triggerWords(form.trigger, form.measure, fields), { part: 'trigger' });
  if (form.trigger.kind === 'atLeast' && ['sum', 'mean', 'max'].includes(form.measure.kind)) say(' over events');
  if (form.sources.length > 0) {
    say(' from ');
    control(form.sources.join(' or '), { part: 'sources' });
  }
  say(form.conditions.length > 0 ? ' where ' : ' ');
  form.conditions.forEach((condition, at) => {
    if (at > 0) say(' and ');
    control(conditionWords(condition, fields), { part: 'condition', at });
  });
  if (form.conditions.length === 0) control('where a field says something', { part: 'add' });
  if (form.groupBy.length > 0) {
    say(form.trigger.kind === 'absent' ? ' for the same ' : ' by the same ');
    control(form.groupBy.map((name) => fieldInside(name, fields)).join(' and '), { part: 'groupBy' });
  }
  if (form.window.kind !== 'none' || form.trigger.kind === 'atLeast') {
    say(' ');
    control(windowWords(form.window), { part: 'window' });
  }
  say(', raise ');
  control(form.severity, { part: 'severity' });
  say(' and tell ');
  control(toldBy(form.channels).join(', '), { part: 'channels' });
  const quiet = form.suppressFor || quietByDefault(form);
  if (/^0[smhd]$/.test(quiet)) {
    say(', ');
    control('each time', { part: 'suppressFor' });
  } else {
    say(', then stay quiet ');
    control(durationWords(quiet), { part: 'suppressFor' });
    if (form.groupBy.length > 0)
      say(` for that ${form.groupBy.map((name) => fieldInside(name, fields)).join(' and ')}`);
  }
  say('.');
  return pieces;
}

export const spoken = (form: Form, fields: Fields): string =>
  sentence(form, fields)
    .map((piece) => piece.text)
    .join('');
