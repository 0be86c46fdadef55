/** Stacked bars as paths: one path for each severity, so that hundreds of bars cost six elements. */
import { edge, type Plot } from './brush';

/** How high a chart is and what its height stands for. */
export interface Scale {
  height: number;
  /** The count at the top. */
  top: number;
}

const sum = (bar: readonly number[]): number => bar.reduce((whole, part) => whole + part, 0);

/** The count of the highest bar. */
export const highest = (bars: readonly (readonly number[])[]): number =>
  bars.reduce((most, bar) => Math.max(most, sum(bar)), 0);

/** The counts of several bars together, severity by severity. */
export function together(bars: readonly (readonly number[])[], first: number, last: number): number[] {
  const whole = [0, 0, 0, 0, 0, 0];
  for (const bar of bars.slice(first, last + 1)) bar.forEach((count, at) => (whole[at] = (whole[at] ?? 0) + count));
  return whole;
}

/**
 * The heights in pixels of one bar's parts, from the foot up: the worst stands at the foot, where bars compare best.
 * A part that is there is at least one pixel high, so that one critical alert among thousands is seen.
 */
export function heights(bar: readonly number[], { height, top }: Scale): number[] {
  const whole = sum(bar);
  if (whole === 0) return bar.map(() => 0);
  const tall = Math.max(2, Math.round((whole / top) * height));
  const wanted = bar.map((count) => (count === 0 ? 0 : Math.max(1, Math.round((count / whole) * tall))));
  // What rounding adds or takes is made up by the largest part.
  const largest = wanted.indexOf(Math.max(...wanted));
  const rest = Math.max(tall, wanted.filter((part) => part > 0).length) - wanted.reduce((all, part) => all + part, 0);
  return wanted.map((part, at) => (at === largest ? Math.max(1, part + rest) : part));
}

/** The paths, by the severity's rank (0 informational, 5 critical). */
export function paths(bars: readonly (readonly number[])[], plot: Plot, scale: Scale): string[] {
  const out = ['', '', '', '', '', ''];
  bars.forEach((bar, at) => {
    const [left, right] = [edge(at, plot), edge(at + 1, plot)];
    // Bars this narrow need every pixel; wider ones are told apart by a gap.
    const width = Math.max(1, right - left - (right - left >= 4 ? 1 : 0));
    let foot = scale.height;
    const tall = heights(bar, scale);
    for (let rank = tall.length - 1; rank >= 0; rank -= 1) {
      const part = tall[rank] ?? 0;
      if (part === 0) continue;
      foot -= part;
      out[rank] += `M${left} ${foot}h${width}v${part}h${-width}z`;
    }
  });
  return out;
}
