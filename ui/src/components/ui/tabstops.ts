/** Where the Tab key stops. */

const CONTROLS = 'a[href], button, input, select, textarea, [tabindex]';

/** Of radio buttons that belong together the chosen one is the stop, so that the arrows go from there. */
function isStop(control: HTMLElement, all: readonly HTMLElement[]): boolean {
  if (!(control instanceof HTMLInputElement) || control.type !== 'radio' || control.checked) return true;
  const chosen = (other: HTMLElement): boolean =>
    other instanceof HTMLInputElement && other.type === 'radio' && other.name === control.name && other.checked;
  return !all.some(chosen);
}

/** The controls in a part of the page that Tab goes to, in their order. */
export function tabStops(part: HTMLElement): HTMLElement[] {
  const all = [...part.querySelectorAll<HTMLElement>(CONTROLS)].filter(
    (control) => control.tabIndex >= 0 && !control.matches(':disabled') && (control.checkVisibility?.() ?? true),
  );
  return all.filter((control) => isStop(control, all));
}
