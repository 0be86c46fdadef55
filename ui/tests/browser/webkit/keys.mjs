// Keys as the tests name them (`Enter`, `Control+k`, `?`), as WebDriver wants them.
const CODES = {
  Backspace: '\ue003',
  Tab: '\ue004',
  Enter: '\ue007',
  Shift: '\ue008',
  Control: '\ue009',
  Alt: '\ue00a',
  Escape: '\ue00c',
  Space: ' ',
  PageUp: '\ue00e',
  PageDown: '\ue00f',
  End: '\ue010',
  Home: '\ue011',
  ArrowLeft: '\ue012',
  ArrowUp: '\ue013',
  ArrowRight: '\ue014',
  ArrowDown: '\ue015',
  Delete: '\ue017',
  F10: '\ue03a',
};

export function code(key) {
  const found = CODES[key] ?? ([...key].length === 1 ? key : undefined);
  if (found === undefined) throw new Error(`there is no key “${key}”`);
  return found;
}

const down = (value) => ({ type: 'keyDown', value });
const up = (value) => ({ type: 'keyUp', value });

/** As on a keyboard, where these have no key without Shift: WebKitGTK may take them for the lower half otherwise. */
const isShifted = (key) => /^[A-Z~!@#$%^&*()_+{}|:"<>?]$/.test(key);

function strike(held, key) {
  const keys = isShifted(key) && !held.includes('Shift') ? [...held, 'Shift'] : held;
  return [...hold(keys), down(code(key)), up(code(key)), ...letGo(keys.toReversed())];
}

/** A key with those held down meanwhile. */
export function stroke(words) {
  const held = words.split('+');
  const key = held.pop();
  return strike(held, key);
}

/** A text, letter by letter; a new line is a key of its own. */
export const typed = (text) => [...text].flatMap((letter) => strike([], letter === '\n' ? 'Enter' : letter));

export const hold = (keys) => keys.map((key) => down(code(key)));
export const letGo = (keys) => keys.map((key) => up(code(key)));
