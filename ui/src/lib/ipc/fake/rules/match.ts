/** Whether an event meets conditions; what it says for a field. */
import type { Condition } from '../../../rule/form';
import type { FakeEvent } from './events';
import { isOf } from './fields';

/** What the event says, as texts; none where it says nothing. */
export function said(event: FakeEvent, field: string): string[] {
  const value = event.fields[field];
  if (value === undefined) return [];
  return typeof value === 'object' ? [...value] : [String(value)];
}

export const numberOf = (event: FakeEvent, field: string): number | null => {
  const value = event.fields[field];
  return typeof value === 'number' ? value : null;
};

/** Whether a text is as a pattern says: `*` any run, `?` one character, a backslash takes the next as it is. */
export function fits(pattern: string, text: string): boolean {
  const wanted: (string | null | true)[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const letter = pattern[at] ?? '';
    if (letter === '\\' && at + 1 < pattern.length) wanted.push(pattern[(at += 1)] ?? '');
    else wanted.push(letter === '*' ? null : letter === '?' ? true : letter);
  }
  // Which beginnings of the text are taken so far.
  let open = [true, ...Array<boolean>(text.length).fill(false)];
  for (const one of wanted) {
    const next = Array<boolean>(text.length + 1).fill(false);
    for (let at = 0; at <= text.length; at += 1) {
      if (one === null) next[at] = (open[at] ?? false) || (at > 0 && (next[at - 1] ?? false));
      else if (at > 0 && (open[at - 1] ?? false)) next[at] = one === true || one === text[at - 1];
    }
    open = next;
  }
  return open[text.length] ?? false;
}

/** Whether an IPv4 address lies in a block. */
function inBlock(address: string, block: string): boolean {
  const [base = '', bits = '32'] = block.split('/');
  const whole = (text: string): number => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(whole(address) / size) === Math.floor(whole(base) / size);
}

const COMPARED: Record<string, (value: number, limit: number) => boolean> = {
  gte: (value, limit) => value >= limit,
  gt: (value, limit) => value > limit,
  lte: (value, limit) => value <= limit,
  lt: (value, limit) => value < limit,
};

/** Whether the event says one of the values, before the negation. */
function says(event: FakeEvent, { type, op, values }: Condition): boolean {
  const compare = COMPARED[op];
  if (compare !== undefined) {
    const value = numberOf(event, type);
    return value !== null && values.some((limit) => compare(value, Number(limit)));
  }
  return said(event, type).some((text) => {
    const lower = text.toLowerCase();
    return values.some((value) => {
      const wanted = value.toLowerCase();
      // A pattern made from what is typed could hang: the fake looks for its plain text.
      if (op === 'regex') return lower.includes(wanted.replaceAll(/[\^$.*+?()[\]{}|\\]/g, ''));
      return type === 'client_ip' && wanted.includes('/') ? inBlock(lower, wanted) : fits(wanted, lower);
    });
  });
}

/** An event whose kind lacks the field meets no condition on it, negated or not. */
export const holds = (event: FakeEvent, condition: Condition): boolean =>
  isOf(condition.type, event.kind) && says(event, condition) !== condition.isNot;

export const matches = (event: FakeEvent, conditions: readonly Condition[], sources: readonly string[]): boolean =>
  (sources.length === 0 || sources.includes(event.source)) && conditions.every((condition) => holds(event, condition));

/** The groups an event belongs to, as they are written: `username=ana hostname=null`. */
export function groupsOf(event: FakeEvent, by: readonly string[]): string[] {
  let groups = [''];
  for (const field of by) {
    const texts = isOf(field, event.kind) ? said(event, field) : [];
    const members = texts.length === 0 ? ['null'] : texts;
    groups = groups.flatMap((group) => members.map((text) => `${group} ${field}=${text}`.trim()));
  }
  return groups;
}
