/** A rule of the list: what its row says, and what is noticed about it. */
import type { DraftView, RuleRow, RuleState } from '../ipc/client';
import { type Doc, isShields, read } from '../rule/form';
import { spoken } from '../rule/sentence';
import { parse } from '../rule/text';
import type { Fields } from '../rule/words';
import { asSentence, number } from '../text/words';

const MONTH = 30 * 86_400_000;
/** Firings a week, one an hour, above which nobody reads them any more. */
export const NOISY = 168;
/** Characters of a name, at most. */
export const LONGEST_NAME = 64;

export type MarkKind = 'error' | 'noisy' | 'silent' | 'waits' | 'draft' | 'late';
export interface RuleMark {
  kind: MarkKind;
  label: string;
  /** Why it is there, and what to do. */
  hint: string;
}

export interface Entry {
  name: string;
  row: RuleRow;
  doc: Doc;
  state: RuleState;
  sentence: string;
  marks: RuleMark[];
  /** Of its alerts that were closed as one or the other, how many were right, from 0 to 1; none where none was. */
  precision: number | null;
  /** How many that rests on. */
  judged: number;
  /** Everything that a search looks through, in lower case. */
  text: string;
}

export const asState = (word: string): RuleState => (word === 'live' || word === 'off' ? word : 'shadow');
export const STATE_WORDS: Record<RuleState, string> = { off: 'Off', shadow: 'Shadow', live: 'Live' };

/** What the text of a document says, or nothing. */
export function docOf(document: string): Doc {
  try {
    return JSON.parse(document) as Doc;
  } catch {
    return parse(document).doc ?? {};
  }
}

const advised = ({ reason, remedy }: { reason: string; remedy: string }): string =>
  `${asSentence(reason)} ${asSentence(remedy)}`;

function marksOf(row: RuleRow, drafted: boolean, now: number): RuleMark[] {
  const marks: RuleMark[] = [];
  const add = (kind: MarkKind, label: string, hint: string): void => void marks.push({ kind, label, hint });
  const advice = (code: string): string | null => {
    const found = row.advice.find((one) => one.code === code);
    return found === undefined ? null : advised(found);
  };
  if (row.error !== null) add('error', 'Error', row.error);
  const noisy = advice('fires-too-often');
  if (noisy !== null || row.firingsWeek > NOISY) {
    const said = `It fired ${number(row.firingsWeek)} times in 7 days. Raise its threshold, or add a condition.`;
    add('noisy', 'Noisy', noisy ?? said);
  }
  // A rule that was made a moment ago has had no time to fire.
  const since = row.lastFiredAt ?? row.createdAt;
  if (row.state !== 'off' && row.error === null && now - since > MONTH) {
    const said = 'It has not fired for 30 days. Try it on what is stored, and lower its threshold if it should have.';
    add('silent', 'Silent', advice('never-fired') ?? said);
  }
  if (row.candidate !== null) {
    const hint = `Version ${row.candidate} is recorded in shadow and waits; version ${row.version} counts until it is promoted.`;
    add('waits', `Version ${row.candidate} waits`, hint);
  }
  if (drafted) add('draft', 'Draft', 'Changes were made and not saved: open it to go on.');
  if (row.late > 0 || row.forgotten > 0) {
    const hint = `${number(row.late)} matching events came too late, and ${number(row.forgotten)} groups were given up to stay within its memory.`;
    add('late', 'Incomplete', hint);
  }
  return marks;
}

export function entryOf(row: RuleRow, fields: Fields, drafts: readonly DraftView[], now: number): Entry {
  const doc = docOf(row.document);
  const sentence = spoken(read(doc), fields);
  const judged = row.truePositives + row.falsePositives + row.benign;
  const drafted = drafts.some(({ key }) => key === `rule:${row.name}`);
  return {
    name: row.name,
    row,
    doc,
    state: asState(row.state),
    sentence,
    marks: marksOf(row, drafted, now),
    precision: judged === 0 ? null : row.truePositives / judged,
    judged,
    text: [row.name, row.description, sentence, ...row.tags].join('\n').toLowerCase(),
  };
}

/** `86 % of 22`; of a rule nobody judged, nothing. */
export const precisionWords = ({ precision, judged }: Pick<Entry, 'precision' | 'judged'>): string =>
  precision === null ? '' : `${Math.round(precision * 100)} % of ${number(judged)}`;

/** A name that no other has: `X`, then `X 2`, `X 3`. */
export function freeName(wanted: string, taken: readonly string[]): string {
  const known = new Set(taken.map((name) => name.toLowerCase()));
  const fit = (end: string): string =>
    `${[...wanted]
      .slice(0, LONGEST_NAME - end.length)
      .join('')
      .trimEnd()}${end}`;
  let name = fit('');
  for (let at = 2; known.has(name.toLowerCase()); at += 1) name = fit(` ${at}`);
  return name;
}

/** The document as one that records and never notifies. */
export function inShadow(doc: Doc): Doc {
  // Shield has no word for it; there a rule that is disabled is evaluated and tells nobody.
  if (isShields(doc)) return { ...doc, enable: false };
  const rest = Object.fromEntries(Object.entries(doc).filter(([key]) => key !== 'enable'));
  return { ...rest, mode: 'shadow' };
}

/** A copy to be edited: another name, in shadow, and none of what belongs to the first alone. */
export function copyOf({ doc, name }: Entry, taken: readonly string[]): Doc {
  const own = ['id', 'createdAt', 'updatedAt'];
  const rest = Object.fromEntries(Object.entries(doc).filter(([key]) => !own.includes(key)));
  return { ...inShadow(rest), name: freeName(`${name} copy`, taken) };
}

/** What a draft of a rule that was never saved says. */
export function draftText(draft: DraftView): string {
  try {
    const { text } = JSON.parse(draft.text) as { text?: unknown };
    return typeof text === 'string' ? text : draft.text;
  } catch {
    return draft.text;
  }
}

/** Its name so far, or nothing. */
export function draftName(draft: DraftView): string {
  const name = parse(draftText(draft)).doc?.name;
  return typeof name === 'string' ? name.trim() : '';
}

export const isNew = (draft: DraftView): boolean => draft.key.startsWith('new');
