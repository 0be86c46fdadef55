/** The ways in which rules leave the list. */
import { FORMAT_WORDS, type RuleFormat } from '../../../lib/rules/print';
import type { RuleList } from '../../../lib/state/rules.svelte';
import type { MenuLine } from '../../ui/Menu.svelte';

/** The lines of a menu for rules of these names; none named are all. */
export function exportLines(rules: RuleList, names: readonly string[]): MenuLine[] {
  const copy = (format: RuleFormat): MenuLine => ({
    id: `copy-${format}`,
    label: `Copy as ${FORMAT_WORDS[format]}`,
    run: () => void rules.copy(names, format),
  });
  const save = (format: RuleFormat, shortcut?: string): MenuLine => ({
    id: `save-${format}`,
    label: `Save as a ${FORMAT_WORDS[format]} file…`,
    ...(shortcut !== undefined && { shortcut }),
    run: () => void rules.export(names, format),
  });
  return [save('json', 'e'), save('yaml'), null, copy('json'), copy('yaml')];
}
