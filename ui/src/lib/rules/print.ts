/** Rules as text, for people and for other programs; `split` takes such a text apart again. */
import type { Doc } from '../rule/form';
import { print } from '../rule/text';

export type RuleFormat = 'json' | 'yaml';
export const FORMAT_WORDS: Record<RuleFormat, string> = { json: 'JSON', yaml: 'YAML' };

/** One rule is its document; several are a list in JSON, and documents one behind the other in YAML. */
export function printRules(docs: readonly Doc[], format: RuleFormat): string {
  if (format === 'yaml') return docs.map(print).join('---\n');
  const [first] = docs;
  return `${JSON.stringify(docs.length === 1 ? first : docs, null, 2)}\n`;
}
