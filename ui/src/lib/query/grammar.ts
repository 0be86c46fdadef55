/**
 * The query grammar of the search box, as the engine reads it: terms are AND-ed; words and `"phrases"` are free
 * text; `field:value`, `field:a,b` (any of), `-term` (not). Here a query is only cut into terms and put together
 * again; what a field may hold is in `fields.ts`, and the engine has the last word.
 */

/** A term with the quotes taken off. */
export interface Term {
  negated: boolean;
  /** As it was written; none for free text. */
  field: string | null;
  /** Any of these; free text has exactly one. */
  values: string[];
}

/** A term where it stands in a text. */
export interface Token extends Term {
  /** From here (in UTF-16 units) up to, not including, `end`. */
  at: number;
  end: number;
  /** As it was typed. */
  raw: string;
  /** A quote is opened and never closed. */
  open: boolean;
}

/** What the engine takes for white space. */
const SPACE = /\p{White_Space}/u;

/** Reads from an opening quote; answers the text and where to go on, or null where the quote is never closed. */
function quoted(text: string, open: number): { value: string; next: number } | null {
  let value = '';
  let at = open + 1;
  while (at < text.length) {
    const letter = text.charAt(at);
    const next = text.charAt(at + 1);
    if (letter === '"') return { value, next: at + 1 };
    if (letter === '\\' && (next === '"' || next === '\\')) {
      value += next;
      at += 2;
    } else {
      value += letter;
      at += 1;
    }
  }
  return null;
}

function tokenAt(text: string, start: number): Token {
  const after = text.charAt(start + 1);
  const negated = text.charAt(start) === '-' && after !== '' && !SPACE.test(after);
  const token: Token = { at: start, end: text.length, raw: '', negated, field: null, values: [], open: false };
  let at = start + (negated ? 1 : 0);
  let value = '';
  while (at < text.length && !SPACE.test(text.charAt(at))) {
    const letter = text.charAt(at);
    if (letter === '"') {
      const inside = quoted(text, at);
      token.open = inside === null;
      value += inside?.value ?? text.slice(at + 1);
      at = inside?.next ?? text.length;
      continue;
    }
    if (letter === ':' && token.field === null && value !== '') {
      token.field = value;
      value = '';
    } else if (letter === ',' && token.field !== null) {
      token.values.push(value);
      value = '';
    } else value += letter;
    at += 1;
  }
  token.values.push(value);
  token.end = at;
  token.raw = text.slice(start, at);
  return token;
}

/** Cuts a text into its terms. It takes any text; one that the engine would refuse as well. */
export function tokens(text: string): Token[] {
  const out: Token[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text.charAt(at))) at += 1;
    else {
      const token = tokenAt(text, at);
      out.push(token);
      at = token.end;
    }
  }
  return out;
}

const quote = (text: string): string => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

/** A value as it must be written behind `field:`. */
export function printValue(value: string): string {
  return value === '' || value.includes('"') || value.includes(',') || SPACE.test(value) ? quote(value) : value;
}

/** A word, or the name of a field: a colon or a minus would mean something else. */
function printWord(word: string): string {
  const plain = word !== '' && !word.includes('"') && !word.includes(':') && !word.startsWith('-') && !SPACE.test(word);
  return plain ? word : quote(word);
}

/** A term as text that reads back as the same term. */
export function print(term: Term): string {
  const not = term.negated ? '-' : '';
  if (term.field === null) return not + printWord(term.values.join(''));
  return `${not}${printWord(term.field)}:${term.values.map(printValue).join(',')}`;
}

/** The terms as one query. */
export const printAll = (terms: readonly Term[]): string => terms.map(print).join(' ');

/** A text without its superfluous white space. */
export const tidy = (text: string): string =>
  tokens(text)
    .map((token) => token.raw)
    .join(' ');
