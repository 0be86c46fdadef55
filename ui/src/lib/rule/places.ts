/** Where in the studio's form a part of the document is, and what of it the focus leaves. */
import type { RuleCheckView } from '../ipc/client';
import { type Flaw, problemsAt, warningsAt, within } from './problems';
import type { Control } from './sentence';

/** Says of an element which parts of the document it shows: their names, separated by spaces. */
const PARTS = '[data-part-of-rule]';
const CONTROLS = 'input, select, button';
const namesOf = (element: HTMLElement): string[] => (element.dataset.partOfRule ?? '').split(' ');

function partsAround(element: Element | null): HTMLElement[] {
  const inner = element?.closest<HTMLElement>(PARTS) ?? null;
  return inner === null ? [] : [inner, ...partsAround(inner.parentElement)];
}

/** The parts that the focus leaves. Going to another window leaves none: the control keeps the focus here. */
export function leftBy(event: FocusEvent): string[] {
  const { target, relatedTarget: next } = event;
  if (!(target instanceof Element) || document.activeElement === target) return [];
  const left = partsAround(target).filter((part) => !(next instanceof Node && part.contains(next)));
  return left.flatMap(namesOf);
}

/** What shows the part of a path: the innermost that does. */
export function partAt(form: HTMLElement, path: string): HTMLElement | undefined {
  const parts = [...form.querySelectorAll<HTMLElement>(PARTS)];
  return parts.findLast((part) => namesOf(part).some((name) => within(path, `$.${name}`)));
}

/** The first control in a part of the form. */
export function firstControl(part: Element | null | undefined): HTMLElement | null {
  return part?.querySelector<HTMLElement>(CONTROLS) ?? null;
}

const id = (name: string): string => `[data-testid="${name}"]`;
/** What a bold word stands for: the first of these that is there. None: it stands for a section. */
function controlsOf(control: Control): string[] {
  switch (control.part) {
    case 'condition': {
      const values = `${id(`condition-${control.at}`)} [data-part="values"]`;
      return [`${values} input, ${values} button`];
    }
    case 'groupBy':
      return [id('group-add')];
    case 'trigger':
      return [id('threshold'), id('trigger-kind')];
    case 'window':
      return [id('window-count'), id('window-cron'), `${id('window-kind')} input:checked`];
    case 'severity':
      return [`${id('severity')} input:checked`];
    case 'suppressFor':
      return [id('suppress-for')];
    case 'sources':
      return ['[data-testid^="rule-source-"][aria-pressed="true"]'];
    case 'add':
    case 'channels':
      return [];
  }
}

/** The control that a bold word stands for, with its text selected; none where it stands for a section. */
export function controlIn(part: HTMLElement | null, control: Control): HTMLElement | null {
  const all = controlsOf(control).map((selector) => part?.querySelector<HTMLElement>(selector) ?? null);
  const found = all.find((one) => one !== null) ?? null;
  if (found instanceof HTMLInputElement && found.type === 'text') found.select();
  return found;
}

/** The parts of the document that a bold word says. */
function partsOf(control: Control): string[] {
  switch (control.part) {
    case 'condition':
      return [`conditions[${control.at}]`];
    case 'add':
      return ['conditions'];
    case 'trigger':
      return ['trigger', 'measure'];
    case 'window':
      return ['window', 'thresholdTime', 'thresholdType'];
    default:
      return [control.part];
  }
}

/** What is wrong with what a bold word says, or else what of it may not be meant. */
export function troubleOf(
  control: Control,
  found: readonly Flaw[],
  check: RuleCheckView | null,
): { wrong: boolean; words: string[] } | null {
  const parts = partsOf(control);
  const problems = parts.flatMap((part) => problemsAt(found, part));
  const words = problems.length > 0 ? problems : parts.flatMap((part) => warningsAt(check, part));
  return words.length === 0 ? null : { wrong: problems.length > 0, words };
}
