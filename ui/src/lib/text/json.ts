/**
 * Lays JSON out for reading without changing it: numbers keep every digit, repeated keys stay, escapes stay.
 * (`JSON.parse` and back would lose all three.)
 */

export type JsonKind = 'key' | 'string' | 'number' | 'word' | 'punctuation' | 'space';
export interface JsonToken {
  kind: JsonKind;
  text: string;
}

const INDENT = '  ';
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\r\n]+/y;

function matchAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}

/** The index after a string that starts at `at`, or -1 if it does not end. */
function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

function tokens(text: string): JsonToken[] | null {
  const out: JsonToken[] = [];
  let at = 0;
  while (at < text.length) {
    const char = text[at] as string;
    let token: JsonToken | null = null;
    if (char === '"') {
      const end = stringEnd(text, at);
      if (end !== -1) token = { kind: 'string', text: text.slice(at, end) };
    } else if ('{}[],:'.includes(char)) {
      token = { kind: 'punctuation', text: char };
      const last = out.at(-1);
      if (char === ':' && last?.kind === 'string') last.kind = 'key';
    } else {
      const space = matchAt(SPACE, text, at);
      if (space !== null) {
        at += space.length;
        continue;
      }
      const number = matchAt(NUMBER, text, at);
      const word = number === null ? matchAt(WORD, text, at) : null;
      if (number !== null) token = { kind: 'number', text: number };
      else if (word !== null) token = { kind: 'word', text: word };
    }
    if (token === null) return null;
    out.push(token);
    at += token.text.length;
  }
  return out;
}

/** Tokens with line breaks and indentation between them, or none if the text is not JSON. */
export function layOutJson(text: string): JsonToken[] | null {
  const flat = tokens(text);
  if (flat === null || flat.length === 0) return null;
  const out: JsonToken[] = [];
  let depth = 0;
  const newline = (): void => void out.push({ kind: 'space', text: `\n${INDENT.repeat(depth)}` });
  flat.forEach((token, index) => {
    const next = flat[index + 1]?.text;
    const opens = token.text === '{' || token.text === '[';
    const closes = token.text === '}' || token.text === ']';
    if (token.kind !== 'punctuation') {
      out.push(token);
    } else if (opens) {
      depth += 1;
      out.push(token);
      if (next !== '}' && next !== ']') newline();
    } else if (closes) {
      depth = Math.max(0, depth - 1);
      const before = flat[index - 1]?.text;
      if (before !== '{' && before !== '[') newline();
      out.push(token);
    } else {
      out.push(token);
      if (token.text === ',') newline();
      else out.push({ kind: 'space', text: ' ' });
    }
  });
  return out;
}
