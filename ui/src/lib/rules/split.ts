/** Texts that hold rules, one or many, taken apart: JSON, YAML, lists of rules, streams of documents. */
import { parseAllDocuments } from 'yaml';
import { type Doc, isMap, type Json } from '../rule/form';

export interface Found {
  /** The rule as JSON; none where there is nothing that could be one. */
  doc: Doc | null;
  /** Where it stands, such as `rules.yaml, 3`. */
  from: string;
  /** What keeps it from being read. */
  problem: string | null;
}

/** Longer texts are no rules, in characters. */
export const MOST_TEXT = 5_000_000;
/** Rules of one text, at most. */
export const MOST_RULES = 2_000;

const isRule = (value: Json): boolean => isMap(value) && ('conditions' in value || 'name' in value);

/** The rules in a value: itself, the members of a list, or of the only list in it, as exports have it. */
function rulesIn(value: Json): Json[] {
  if (Array.isArray(value)) return value.flatMap(rulesIn);
  if (!isMap(value) || isRule(value)) return [value];
  const lists = Object.values(value).filter(
    (one): one is Json[] => Array.isArray(one) && one.length > 0 && one.every(isRule),
  );
  return lists.length === 1 ? (lists[0] ?? []) : [value];
}

function documentsIn(text: string): { value: Json; problem: string | null }[] {
  const first = text.trimStart().slice(0, 1);
  if (first === '{' || first === '[') {
    try {
      return [{ value: JSON.parse(text) as Json, problem: null }];
    } catch {
      // YAML holds JSON, and says better where it breaks off.
    }
  }
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    const [error] = document.errors;
    const value = error === undefined ? (document.toJS() as Json) : null;
    return { value, problem: error === undefined ? null : (error.message.split('\n')[0] ?? '') };
  });
}

/** Every rule of a text; `from` names the text. */
export function split(text: string, from: string): Found[] {
  const wrong = (problem: string): Found[] => [{ doc: null, from, problem }];
  if (text.trim() === '') return wrong('It is empty.');
  if (text.length > MOST_TEXT) return wrong('It is longer than 5 MB: split it.');
  let documents: ReturnType<typeof documentsIn>;
  try {
    documents = documentsIn(text);
  } catch (thrown) {
    return wrong(thrown instanceof Error ? thrown.message : 'It cannot be read.');
  }
  const pieces = documents.flatMap(({ value, problem }): { value: Json; problem: string | null }[] =>
    // What stands before the first `---` is a document too.
    problem === null ? rulesIn(value).map((one) => ({ value: one, problem: null })) : [{ value, problem }],
  );
  const told = pieces.filter(({ value, problem }) => problem !== null || value !== null);
  if (told.length === 0) return wrong('There is no rule in it.');
  if (told.length > MOST_RULES) return wrong(`It holds ${told.length} rules, and 2,000 are the most: split it.`);
  return told.map(({ value, problem }, at) => {
    const place = told.length === 1 ? from : `${from}, ${at + 1}`;
    if (problem !== null) return { doc: null, from: place, problem };
    if (isMap(value)) return { doc: value, from: place, problem: null };
    return { doc: null, from: place, problem: 'This is no rule: a rule has a name and conditions.' };
  });
}
