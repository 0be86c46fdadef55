/** What two versions of a rule say differently, in words. */
import { type Condition, type Doc, type Form, read, same } from './form';
import {
  conditionWords,
  durationWords,
  type Fields,
  fieldInside,
  fieldWords,
  triggerWords,
  windowWords,
} from './words';

export interface Change {
  what: string;
  before: string | null;
  after: string | null;
}

function conditions(before: readonly Condition[], after: readonly Condition[], fields: Fields): Change[] {
  const left = before.filter((one) => !after.some((other) => same(one, other)));
  const right = after.filter((one) => !before.some((other) => same(one, other)));
  const changes: Change[] = [];
  for (const one of left) {
    const at = right.findIndex((other) => other.type === one.type);
    const [turned] = at === -1 ? [] : right.splice(at, 1);
    const what = fieldWords(one.type, fields);
    const said = turned === undefined ? null : conditionWords(turned, fields);
    changes.push({ what, before: conditionWords(one, fields), after: said });
  }
  for (const one of right) {
    changes.push({ what: fieldWords(one.type, fields), before: null, after: conditionWords(one, fields) });
  }
  return changes;
}

const listed = (values: readonly string[]): string | null => (values.length === 0 ? null : values.join(', '));

export function diff(before: Doc, after: Doc, fields: Fields): Change[] {
  const [left, right] = [read(before), read(after)];
  const changes: Change[] = [];
  const tell = (what: string, say: (form: Form) => string | null): void => {
    const [was, is] = [say(left), say(right)];
    if (was !== is) changes.push({ what, before: was, after: is });
  };
  tell('Name', (form) => form.name);
  tell('Description', (form) => form.description || null);
  tell('Severity', (form) => form.severity);
  tell('Sources', (form) => listed(form.sources) ?? 'all');
  changes.push(...conditions(left.conditions, right.conditions, fields));
  tell('Grouped by', (form) => listed(form.groupBy.map((name) => fieldInside(name, fields))));
  tell('Trigger', (form) => triggerWords(form.trigger, form.measure, fields));
  tell('Window', (form) => windowWords(form.window));
  tell('Time zone', (form) => form.window.zone);
  tell('Quiet after a firing', (form) => (form.suppressFor === '' ? null : durationWords(form.suppressFor)));
  tell('Channels', (form) => listed(form.channels));
  tell('Tags', (form) => listed(form.tags));
  if (changes.length === 0 && !same(before.tests, after.tests)) {
    changes.push({ what: 'Tests', before: count(before.tests), after: count(after.tests) });
  }
  return changes;
}

const count = (tests: unknown): string => (Array.isArray(tests) ? String(tests.length) : 'none');
