/** What windows see of real events: the same stretch counted by a rolling window and by fixed ones. */

export interface Diagram {
  from: number;
  to: number;
  /** The events, in order. */
  events: number[];
  /** Fixed windows with how many events each holds. */
  fixed: { from: number; to: number; count: number }[];
  /** The fullest stretch of the same length. */
  rolling: { from: number; to: number; count: number };
}

/** The stretch of three windows round the fullest one; null where nothing happened. */
export function diagram(times: readonly number[], length: number): Diagram | null {
  const sorted = [...times].sort((one, other) => one - other);
  let best = { from: 0, to: 0, count: 0 };
  let first = 0;
  sorted.forEach((time, last) => {
    while ((sorted[first] ?? time) <= time - length) first += 1;
    const count = last - first + 1;
    if (count > best.count) best = { from: time - length, to: time, count };
  });
  if (best.count === 0) return null;
  const start = Math.floor(best.to / length) * length;
  const from = start - length;
  const windows = [from, start, start + length].map((at) => ({
    from: at,
    to: at + length,
    count: sorted.filter((time) => time >= at && time < at + length).length,
  }));
  const to = start + 2 * length;
  return { from, to, events: sorted.filter((time) => time >= from && time < to), fixed: windows, rolling: best };
}
