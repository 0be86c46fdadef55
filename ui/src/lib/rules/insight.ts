/** Which rows of a long list are drawn. */

/** Lists up to here are drawn whole. */
const FEW = 40;
/** Rows beyond the edges, so that a turn of the wheel shows no gap. */
const BEYOND = 8;

export interface Sight {
  from: number;
  /** Exclusive. */
  to: number;
  /** Pixels of the rows above those, and of all. */
  above: number;
  whole: number;
}

/** The rows of a list of `count`, each `row` pixels high, in a window of `height` that is scrolled down by `top`. */
export function inSight(count: number, row: number, top: number, height: number): Sight {
  if (count <= FEW || row <= 0) return { from: 0, to: count, above: 0, whole: 0 };
  const first = Math.max(0, Math.floor(top / row) - BEYOND);
  const from = Math.min(first, Math.max(0, count - 1));
  const to = Math.min(count, Math.ceil((top + height) / row) + BEYOND);
  return { from, to, above: from * row, whole: count * row };
}
