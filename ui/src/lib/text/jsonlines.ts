/**
 * JSON as lines that can be folded, each with the path that leads to it. Nothing is parsed into values, so numbers
 * keep every digit, repeated keys stay, and escapes stay.
 */
import { layOutJson, type JsonKind } from './json';

export interface JsonLine {
  depth: number;
  /** The key as it stands in the text, quotes and all; none in a list and at the top. */
  key: string | null;
  /** A simple value, or the bracket that opens or closes. */
  text: string;
  kind: JsonKind;
  /** Whether a comma follows. */
  comma: boolean;
  /** The line it is a member of, or -1, and the step from there: `.name` or `[0]`. */
  parent: number;
  step: string;
  /** The line that closes what opens here; none for simple values. */
  end: number | null;
  /** Members of what opens here. */
  members: number;
  /** The whole value as it stands in the text; asked for when it is copied, for it may be long. */
  value: () => string;
}

/** `$.data.items[0]`, the way to a line. */
export function pathOf(lines: readonly JsonLine[], at: number): string {
  const steps: string[] = [];
  for (let line = lines[at]; line !== undefined; line = lines[line.parent]) steps.push(line.step);
  return steps.toReversed().join('');
}

const PLAIN = /^"[A-Za-z_$][\w$]*"$/;
const stepTo = (key: string): string => (PLAIN.test(key) ? `.${key.slice(1, -1)}` : `[${key}]`);

interface Open {
  line: JsonLine;
  /** The number of its line, its members so far, and its first token. */
  at: number;
  list: boolean;
  next: number;
  from: number;
}

/** The lines of a JSON text, or none if it is not JSON. */
export function jsonLines(text: string): JsonLine[] | null {
  const tokens = layOutJson(text)?.filter((token) => token.kind !== 'space');
  if (tokens === undefined) return null;
  const out: JsonLine[] = [];
  const open: Open[] = [];
  let key: string | null = null;
  for (const [at, token] of tokens.entries()) {
    const around = open.at(-1);
    if (token.kind === 'key') {
      key = token.text;
    } else if (token.text === ':' && token.kind === 'punctuation') {
      continue;
    } else if (token.text === ',' && token.kind === 'punctuation') {
      const last = out.at(-1);
      if (last !== undefined) last.comma = true;
    } else if (token.kind === 'punctuation' && (token.text === '}' || token.text === ']')) {
      if (around === undefined) return null;
      open.pop();
      around.line.end = out.length;
      const { from } = around;
      around.line.value = () =>
        tokens
          .slice(from, at + 1)
          .map((one) => one.text)
          .join('');
      out.push({ ...around.line, key: null, text: token.text, end: null, members: 0, comma: false });
    } else {
      const way = around === undefined ? '$' : around.list ? `[${around.next}]` : stepTo(key ?? '""');
      if (around !== undefined) {
        around.next += 1;
        around.line.members += 1;
      }
      const { kind, text: shown } = token;
      const line: JsonLine = {
        depth: open.length,
        key,
        text: shown,
        kind,
        comma: false,
        parent: around?.at ?? -1,
        step: way,
        end: null,
        members: 0,
        value: () => shown,
      };
      if (kind === 'punctuation') open.push({ line, at: out.length, list: shown === '[', next: 0, from: at });
      out.push(line);
      key = null;
    }
  }
  return open.length === 0 ? out : null;
}

export interface Part {
  text: string;
  kind: 'text' | 'hit' | 'redacted';
}

/** What Tocsin writes where a secret stood. */
export const REDACTED = '[redacted]';

/** Cuts a text into what is plain, what a search found, and what was taken out. */
export function parts(text: string, needle: string): Part[] {
  const out: Part[] = [];
  const lower = text.toLowerCase();
  // Case may change a text's length: then hits cannot be placed, and nothing is marked.
  const wanted = lower.length === text.length ? needle.toLowerCase() : '';
  let at = 0;
  while (at < text.length) {
    const redacted = text.indexOf(REDACTED, at);
    const hit = wanted === '' ? -1 : lower.indexOf(wanted, at);
    const first = [redacted, hit].filter((place) => place !== -1).sort((a, b) => a - b)[0];
    if (first === undefined) break;
    if (first > at) out.push({ text: text.slice(at, first), kind: 'text' });
    const length = first === hit ? needle.length : REDACTED.length;
    out.push({ text: text.slice(first, first + length), kind: first === hit ? 'hit' : 'redacted' });
    at = first + length;
  }
  if (at < text.length) out.push({ text: text.slice(at), kind: 'text' });
  return out;
}

/** How often a search finds something in a text. */
export const hitsIn = (text: string, needle: string): number =>
  needle === '' ? 0 : parts(text, needle).filter((part) => part.kind === 'hit').length;
