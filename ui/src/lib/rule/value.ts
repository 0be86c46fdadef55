/** Values of measures: which steps they have, how they are said. */
import type { MeasureKind } from './form';

/** Whether only whole values make sense. */
export const isWhole = (kind: MeasureKind): boolean => kind === 'count' || kind === 'distinct';

/** A value as it is worth setting: whole, or to three digits. */
export function rounded(value: number, kind: MeasureKind): string {
  if (isWhole(kind)) return String(Math.max(1, Math.round(value)));
  const digits = Math.max(0.001, Number(value.toPrecision(3)));
  return String(Number(digits.toFixed(3)));
}

/** The next value up or down; `big` goes by a tenth. */
export function stepped(value: number, up: boolean, big: boolean, kind: MeasureKind): string {
  const one = isWhole(kind) ? 1 : 10 ** (Math.floor(Math.log10(Math.max(value, 0.01))) - 1);
  const by = big ? Math.max(one, isWhole(kind) ? Math.round(value / 10) : value / 10) : one;
  return rounded(Math.max(isWhole(kind) ? 1 : 0.001, up ? value + by : value - by), kind);
}

const SMALL = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];
/** How often something happens, in words: `three firings a week`. */
export function rate(firings: number, span: number, what = 'firing'): string {
  const week = 7 * 86_400_000;
  if (firings === 0) return `no ${what}s`;
  const weekly = (firings * week) / Math.max(1, span);
  const [value, per] =
    weekly >= 7 * 3 ? [weekly / 7, 'day'] : weekly >= 1 ? [weekly, 'week'] : [weekly * 4.345, 'month'];
  const whole = Math.round(value);
  if (whole < 1) return `less than one ${what} a month`;
  const said = SMALL[whole] ?? whole.toLocaleString('en');
  return `${said} ${what}${whole === 1 ? '' : 's'} a ${per}`;
}
