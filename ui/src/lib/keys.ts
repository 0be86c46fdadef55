/**
 * Keys of the whole window. A map goes from what is pressed, such as `j`, `g a`, `Ctrl+a`, `E`, `PageDown`,
 * to what it does. Letters tell upper from lower case; `Ctrl` is also the Mac's Command key.
 */

export type KeyMap = Record<string, (event: KeyboardEvent) => void>;

/** A second key of a pair such as `g a` counts for this long, in ms. */
const PAIR_MS = 1500;
/** Input types that take no text, so letters pressed on them are still commands. */
const NO_TEXT = new Set(['checkbox', 'radio', 'button', 'submit', 'reset']);

/** Whether what is pressed goes into a text. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !NO_TEXT.has(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

/** Whether Enter or Space on this already does something of its own. */
function actsItself(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('button, a[href], summary, [role="tab"], input') !== null;
}

/** Menus and popovers have keys of their own. */
function inPopover(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[popover]') !== null;
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key === ' ' ? 'Space' : event.key;
  return event.ctrlKey || event.metaKey ? `Ctrl+${key.toLowerCase()}` : key;
}

/** Makes a `keydown` listener. Keys are left alone while typing and while a dialog or a menu is open. */
export function keyListener(map: () => KeyMap, now: () => number = () => performance.now()) {
  let first = { key: '', at: Number.NEGATIVE_INFINITY };
  return (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.altKey || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null || inPopover(event.target)) return;
    const name = nameOf(event);
    if ((name === 'Enter' || name === 'Space') && actsItself(event.target)) return;
    const keys = map();
    const pair = now() - first.at < PAIR_MS ? keys[`${first.key} ${name}`] : undefined;
    const action = pair ?? keys[name];
    first = { key: pair === undefined ? name : '', at: now() };
    if (action === undefined) return;
    event.preventDefault();
    action(event);
  };
}
