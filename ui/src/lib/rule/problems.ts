/** Where in a form a problem of the document belongs, and when it is said. */
import type { ProblemView, RuleCheckView } from '../ipc/client';
import { asSentence } from '../text/words';
import type { Unsaid } from './unsaid';

/** The parts of a document that a section of the studio shows. */
const SECTION_PARTS: Record<string, readonly string[]> = {
  intent: ['name', 'description', 'sources', 'enable', 'mode'],
  conditions: ['conditions', 'groupBy'],
  window: ['window', 'trigger', 'measure', 'thresholdTime', 'thresholdType'],
  noise: ['suppressFor'],
  notify: [
    'severity',
    'channels',
    'tags',
    'notificationTypes',
    'emailRecipients',
    'slackChannels',
    'teamsChannels',
    'webhookUrls',
  ],
};

/** What keeps a document from being saved as a rule. */
export interface Flaw {
  path: string;
  words: string;
  /** Nothing was said there yet, and nobody has left it or tried to save: no mistake so far. */
  open: boolean;
}

const partOf = (path: string): string => /^\$\.([^.[\]]+)/.exec(path)?.[1] ?? '';
/** A form has no paths: its conditions are counted from one. */
const counted = (words: string): string =>
  words.replaceAll(/\$\.conditions\[(\d+)\]/g, (_, at: string) => `condition ${Number(at) + 1}`);
/** What the product says of a document, as a sentence like those that the form says itself. */
export const sayProblem = ({ reason, remedy }: ProblemView): string =>
  asSentence(counted(remedy === '' ? reason : `${reason}: ${remedy}`));
/** Whether a path is that of a part or of something in it. */
export const within = (path: string, of: string): boolean =>
  path === of || (path.startsWith(of) && (path[of.length] === '.' || path[of.length] === '['));
/** Whether a problem says of a part what the form says in its own words. */
function covers({ part }: Unsaid, path: string): boolean {
  // What is wrong with one condition is another thing than that there is none.
  return part === 'conditions' ? path === '$.conditions' : within(path, `$.${part}`);
}

/**
 * All that keeps a form from being a rule.
 *
 * @param check what the product says of the document it saw last
 * @param before what that document did not say: no longer true where the form has gone on
 * @param now what the form does not say
 * @param asked whether a part was left, or all of them by trying to save
 */
export function flaws(
  check: RuleCheckView | null,
  before: readonly Unsaid[],
  now: readonly Unsaid[],
  asked: (part: string) => boolean,
): Flaw[] {
  const own = now.map(({ part, words }) => ({ path: `$.${part}`, words, open: !asked(part) }));
  const silent = [...before, ...now];
  const told = (check?.problems ?? []).filter(({ path }) => !silent.some((one) => covers(one, path)));
  return [...own, ...told.map((problem) => ({ path: problem.path, words: sayProblem(problem), open: false }))];
}

/** What is wrong with a part, such as `name` or `conditions[0]`, and with what is in it. */
export function problemsAt(found: readonly Flaw[], part: string): string[] {
  return found.filter(({ path, open }) => !open && within(path, `$.${part}`)).map(({ words }) => words);
}

/** What may not be meant of a part and of what is in it. */
export function warningsAt(check: RuleCheckView | null, part: string): string[] {
  return (check?.warnings ?? []).filter(({ path }) => within(path, `$.${part}`)).map(sayProblem);
}

/** What is wrong with a part itself, not with what is in it. */
export function problemsOn(found: readonly Flaw[], part: string): string[] {
  return found.filter(({ path, open }) => !open && path === `$.${part}`).map(({ words }) => words);
}

/** The section that shows a problem; what no section shows stands in the review. */
export function sectionOf(path: string): string {
  const part = partOf(path);
  return Object.entries(SECTION_PARTS).find(([, parts]) => parts.includes(part))?.[0] ?? 'review';
}

export type SectionState = 'open' | 'wrong' | 'warned' | 'done';
/** How a section stands: something is wrong, may not be meant, is still to be said, or is fine. */
export function stateOf(check: RuleCheckView | null, found: readonly Flaw[], section: string): SectionState {
  const here = found.filter(({ path }) => sectionOf(path) === section);
  if (here.some(({ open }) => !open)) return 'wrong';
  if (check === null || here.length > 0) return 'open';
  return check.warnings.some((problem) => sectionOf(problem.path) === section) ? 'warned' : 'done';
}
