/** A rule's document as text that people write: YAML, or JSON, which YAML holds. Comments stay where they stand. */
import { Document, LineCounter, parseDocument, Scalar, visit } from 'yaml';
import { type Doc, isMap, type Json, same } from './form';

export interface TextProblem {
  /** From 1; 0 when it belongs to no line. */
  line: number;
  message: string;
}
export interface Parsed {
  doc: Doc | null;
  problems: TextProblem[];
  /** The line of a place such as `$.conditions[0].values`, or of the nearest thing above it; 0 when there is none. */
  lineOf: (path: string) => number;
}

const WIDTH = 100;

/** Words that other readers of YAML take for something else than text. */
const AMBIGUOUS = /^(y|n|yes|no|on|off|true|false|null|~|[-+.\d].*|0[xob].*|=|<<)$/i;

/** Lists of plain words stand in one line, conditions too: that is how they are read best. */
function style(document: Document): void {
  visit(document, {
    Scalar(key, node) {
      if (key === 'key') return;
      if (typeof node.value === 'string' && AMBIGUOUS.test(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
    Seq(_, node) {
      if (node.items.every((item) => item instanceof Scalar)) node.flow = true;
    },
  });
}

export function print(doc: Doc): string {
  const document = new Document(doc);
  style(document);
  return document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
}

/** The steps of a path such as `$.conditions[0].values[1]`. */
export function steps(path: string): (string | number)[] {
  const found = path.matchAll(/\.([^.[\]]+)|\[(\d+)\]/g);
  return [...found].map(([, name, at]) => (name === undefined ? Number(at) : name));
}

export function parse(text: string): Parsed {
  const lines = new LineCounter();
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  } catch (thrown) {
    return { doc: null, problems: [{ line: 1, message: String(thrown) }], lineOf: () => 0 };
  }
  const lineOf = (path: string): number => {
    const way = steps(path);
    for (let length = way.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(way.slice(0, length), true);
      const range = (node as { range?: [number, number, number] } | undefined)?.range;
      if (range) return lines.linePos(range[0]).line;
    }
    return 0;
  };
  const problems = document.errors.map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    message: (error.message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, ''),
  }));
  if (problems.length > 0) return { doc: null, problems, lineOf };
  const value: unknown = document.toJS();
  if (!isMap(value as Json)) {
    const message = 'This is no rule: write name and conditions, each as “key: value”.';
    return { doc: null, problems: [{ line: 1, message }], lineOf };
  }
  return { doc: value as Doc, problems: [], lineOf };
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, ordered(inner)]));
}

/** The text with what has changed between two documents; everything else, comments too, stays as it is written. */
export function edit(text: string, before: Doc, after: Doc): string {
  if (same(before, after)) return text;
  let document: Document.Parsed;
  try {
    document = parseDocument(text);
  } catch {
    return print(after);
  }
  const known: unknown = document.errors.length > 0 ? null : document.toJS();
  // In what order keys stand is the writer's business.
  if (!same(ordered(known), ordered(before))) return print(after);
  const fresh = new Document(after);
  style(fresh);
  for (const key of Object.keys(before)) if (!(key in after)) document.delete(key);
  for (const [key, value] of Object.entries(after)) {
    if (!same(before[key], value)) document.set(key, fresh.get(key, true));
  }
  const edited = document.toString({ lineWidth: WIDTH, flowCollectionPadding: false });
  // Keys that came in are last in the text; a text without comments is written anew, in the usual order.
  return text.includes('#') ? edited : print(after);
}
