/** A choice of bars: with the pointer by pixels, with the keyboard by bars. */

/** Where the bars stand. */
export interface Plot {
  /** Pixels left of the first bar. */
  left: number;
  /** Pixels of all bars together. */
  width: number;
  bars: number;
}

/** Bars from `anchor` to `head`, both in it, in either order. */
export interface Choice {
  anchor: number;
  head: number;
}

const clamp = (bar: number, bars: number): number => Math.max(0, Math.min(bars - 1, bar));

/** The bar at `x` pixels; beyond the ends, the first or the last. */
export function barAt(x: number, { left, width, bars }: Plot): number {
  return width <= 0 ? 0 : clamp(Math.floor(((x - left) / width) * bars), bars);
}

/** The left edge of a bar, in whole pixels, so that neither gaps nor overlaps show. */
export const edge = (bar: number, { left, width, bars }: Plot): number =>
  left + (bars === 0 ? 0 : Math.round((bar * width) / bars));

/** First and last bar of a choice. */
export const ends = ({ anchor, head }: Choice): [first: number, last: number] => [
  Math.min(anchor, head),
  Math.max(anchor, head),
];

/** How far a key moves the head, or null where it is no key of this chart. */
export function keyStep(key: string, head: number, bars: number): number | null {
  const page = Math.max(1, Math.round(bars / 10));
  const steps: Record<string, number> = {
    ArrowRight: 1,
    ArrowLeft: -1,
    PageUp: -page,
    PageDown: page,
    Home: -bars,
    End: bars,
  };
  const step = steps[key];
  return step === undefined ? null : clamp(head + step, bars) - head;
}

/** The choice after a key: `extend` moves one end and keeps the other, otherwise both go along. */
export function moved(choice: Choice | null, step: number, extend: boolean, start: number): Choice {
  if (choice === null) return { anchor: start, head: start };
  const head = choice.head + step;
  return extend ? { anchor: choice.anchor, head } : { anchor: head, head };
}

/** The time that bars cover. */
export function timesOf(choice: Choice, from: number, step: number): { from: number; to: number } {
  const [first, last] = ends(choice);
  return { from: from + first * step, to: from + (last + 1) * step };
}
