/** Firings in words: what was measured, how far it went, over how long. */
import type { WhyView } from '../ipc/client';
import type { Form } from '../rule/form';
import { type Fields, fieldWords, measureWords } from '../rule/words';
import { number } from '../text/words';

/** “1 day 2 h”, “10 min”, “90 s”: the two largest units. */
export function durationOf(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  const units: [number, string][] = [
    [86_400_000, ' d'],
    [3_600_000, ' h'],
    [60_000, ' min'],
    [1_000, ' s'],
    [1, ' ms'],
  ];
  for (const [unit, name] of units) {
    if (rest >= unit) parts.push(`${number(Math.floor(rest / unit))}${name}`);
    rest %= unit;
  }
  return parts.length === 0 ? '0 s' : parts.slice(0, 2).join(' ');
}

/** `username=ana hostname=null` as people read it. Values may hold anything, so only known fields begin a part. */
export function groupWords(group: string, fields: Fields): string {
  return group
    .split(/ (?=[a-z_]+=)/)
    .map((part) => {
      const at = part.indexOf('=');
      const [name, value] = [part.slice(0, at), part.slice(at + 1)];
      return at === -1 ? part : `${fieldWords(name, fields)}: ${value === 'null' ? 'none' : value}`;
    })
    .join(', ');
}

const MEASURES: Record<string, string> = {
  count: 'events',
  distinct: 'different values',
  sum: 'in all',
  mean: 'on average',
  max: 'at most',
  share: 'percent',
};
const TRIGGERS: Record<string, string> = {
  absent: 'Nothing came for the length of the window',
  baseline: 'far more than usual',
  unseen: 'A value that was not seen before',
  rare: 'A value that is hardly ever seen',
};

const exact = (value: number): string => number(Math.round(value * 1000) / 1000);

/** “9 events; the rule asks for at least 4”. */
export function reachedWords(firing: WhyView, form: Form | null, fields: Fields): string {
  const { value, threshold, trigger, measure } = firing;
  if (trigger === 'absent' || trigger === 'unseen' || trigger === 'rare') return `${TRIGGERS[trigger] ?? ''}.`;
  if (value === null) return 'The value was not kept.';
  const counted = form === null ? (MEASURES[measure] ?? '') : measureWords(form.measure, String(value), fields);
  const said = `${exact(value)} ${counted}`.trim();
  if (trigger === 'baseline') return `${said}: ${TRIGGERS.baseline ?? ''}.`;
  return threshold === null ? `${said}.` : `${said}; the rule asks for at least ${exact(threshold)}.`;
}

/** Where value and threshold stand on a bar, in percent; none where there is nothing to compare. */
export function scaleOf({ value, threshold }: WhyView): { value: number; threshold: number } | null {
  if (value === null || threshold === null || threshold <= 0) return null;
  const most = Math.max(value, threshold) * 1.15;
  return { value: (100 * Math.max(0, value)) / most, threshold: (100 * threshold) / most };
}
