// What stands on what, in each of the four themes, measured as WCAG 2 measures it.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { resolveTheme, THEMES } from '../../src/lib/theme';

type Rgb = [number, number, number];

/** The tokens of a theme, with those of the light one beneath them. */
function tokens(theme: string): Map<string, string> {
  const sheet = readFileSync('src/styles/themes.css', 'utf8');
  const found = new Map<string, string>();
  for (const selector of [':root {', `:root[data-theme='${theme}'] {`]) {
    const at = sheet.indexOf(`\n${selector}`);
    if (at === -1) continue;
    for (const [, name, value] of sheet
      .slice(at, sheet.indexOf('\n}', at))
      .matchAll(/--([a-z0-9-]+): (#[0-9a-f]{6});/g))
      found.set(name as string, value as string);
  }
  return found;
}

function rgb(hex: string): Rgb {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

function luminance(colour: Rgb): number {
  const [r, g, b] = colour.map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(rgb(one)), luminance(rgb(other))].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const GROUNDS = ['canvas', 'surface', 'overlay', 'sunken', 'hover', 'cursor', 'selected'];
const SEVERITIES = ['critical', 'high', 'unknown', 'medium', 'low', 'informational'];

/** Text on grounds. */
const TEXT: [string[], string[]][] = [
  [
    ['ink', 'ink-soft'],
    [...GROUNDS, 'pressed', 'accent-soft', 'warning-soft', 'danger-soft', 'good-soft'],
  ],
  [['ink-faint'], GROUNDS],
  [SEVERITIES, GROUNDS],
  [
    ['accent-ink', 'good', 'warning', 'danger'],
    ['canvas', 'surface', 'overlay', 'sunken', 'hover'],
  ],
  [['accent-ink'], ['accent-soft', 'cursor', 'selected']],
  [['good'], ['good-soft']],
  [['warning'], ['warning-soft']],
  [['danger'], ['danger-soft']],
  [['on-accent'], ['accent', 'accent-hover', 'accent-pressed']],
  [['on-danger'], ['danger', 'danger-hover', 'danger-pressed']],
  [
    ['code-key', 'code-string', 'code-number', 'code-word'],
    ['surface', 'sunken', 'canvas'],
  ],
  [['mark-ink'], ['mark']],
];
/** What must be seen but is not read: edges of controls, the focus, areas of charts. */
const MARKS: [string[], string[]][] = [
  [
    ['focus', 'control-line'],
    [...GROUNDS, 'accent-soft'],
  ],
  [SEVERITIES.map((name) => `fill-${name}`), ['canvas', 'surface', 'sunken']],
  [['accent'], ['canvas', 'surface', 'overlay']],
];

function tooFaint(theme: string, pairs: [string[], string[]][], least: number): string[] {
  const known = tokens(theme);
  const out: string[] = [];
  for (const [fronts, grounds] of pairs) {
    for (const front of fronts) {
      for (const ground of grounds) {
        const [a, b] = [known.get(front), known.get(ground)];
        if (a === undefined || b === undefined) out.push(`${front} or ${ground} is missing`);
        else if (contrast(a, b) < least) out.push(`${front} on ${ground}: ${contrast(a, b).toFixed(2)}`);
      }
    }
  }
  return out;
}

describe('the themes', () => {
  it('measures as WCAG does', () => {
    expect(contrast('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
  });

  for (const theme of THEMES) {
    const high = theme.startsWith('contrast');
    it(`${theme}: text can be read`, () => expect(tooFaint(theme, TEXT, high ? 7 : 4.5)).toEqual([]));
    it(`${theme}: marks can be seen`, () => expect(tooFaint(theme, MARKS, high ? 4.5 : 3)).toEqual([]));
    it(`${theme} names no colour that the light one lacks`, () => {
      expect([...tokens(theme).keys()].sort()).toEqual([...tokens('light').keys()].sort());
    });
  }

  it('follow the desktop unless one is chosen', () => {
    expect(resolveTheme('system', { dark: false, contrast: false })).toBe('light');
    expect(resolveTheme('system', { dark: true, contrast: false })).toBe('dark');
    expect(resolveTheme('system', { dark: true, contrast: true })).toBe('contrast-dark');
    expect(resolveTheme('contrast-light', { dark: true, contrast: false })).toBe('contrast-light');
    expect(resolveTheme('a theme to come', { dark: true, contrast: false })).toBe('dark');
  });
});
