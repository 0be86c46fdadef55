import { describe, expect, it } from 'vitest';
import { Random } from '../../src/lib/ipc/fake/random';
import { Scroller, TALLEST } from '../../src/lib/scroll';

/** Many lists and windows, the same every time. */
function cases(check: (scroller: Scroller, random: Random, tall: number, view: number) => void): void {
  const random = new Random(7);
  for (let round = 0; round < 300; round += 1) {
    const row = random.pick([33, 47]);
    const rows = random.pick([0, 1, 5, 200, 80_000, 90_000, 1_000_000, 20_000_000]) + random.below(50);
    const view = 100 + random.below(1_500);
    const scroller = new Scroller();
    scroller.measure(rows * row, view);
    check(scroller, random, rows * row, view);
  }
}
const end = (tall: number, view: number): number => Math.max(0, tall - view);

describe('the place in a tall list', () => {
  it('lays out no more than browsers can place', () => {
    cases((scroller, _, tall) => expect(scroller.laid).toBe(Math.min(tall, TALLEST)));
  });

  it('meets both ends exactly, by the bar and by place', () => {
    cases((scroller, _, tall, view) => {
      scroller.moved(end(scroller.laid, view));
      expect(scroller.at).toBe(end(tall, view));
      scroller.moved(0);
      expect(scroller.at).toBe(0);
      expect(scroller.goTo(Number.MAX_SAFE_INTEGER)).toBe(end(scroller.laid, view));
      expect(scroller.goTo(-5)).toBe(0);
    });
  });

  it('goes exactly where a key sends it, and rows stand where the eye is', () => {
    cases((scroller, random, tall, view) => {
      for (let step = 0; step < 20; step += 1) {
        const at = random.below(end(tall, view) + 1);
        const bar = scroller.goTo(at);
        expect(scroller.at).toBe(at);
        expect(bar).toBeGreaterThanOrEqual(0);
        expect(bar).toBeLessThanOrEqual(end(scroller.laid, view));
        // A row at `at` is drawn at `at + offset`, which is what the bar shows at the upper edge.
        expect(at + scroller.offset).toBe(bar);
        scroller.heard(bar);
        expect(scroller.moved(bar)).toBeNull();
        expect(scroller.at).toBe(at);
      }
    });
  });

  it('moves by as much as the wheel does, wherever it is', () => {
    cases((scroller, random, tall, view) => {
      scroller.goTo(random.below(end(tall, view) + 1));
      for (let step = 0; step < 50; step += 1) {
        const before = scroller.at;
        const wheel = random.below(200) - 100;
        const bar = Math.max(0, Math.min(scroller.bar + wheel, end(scroller.laid, view)));
        const moved = bar - scroller.bar;
        scroller.moved(bar);
        expect(scroller.at).toBe(Math.max(0, Math.min(before + moved, end(tall, view))));
      }
    });
  });

  it('reaches an end by small steps alone, with the bar at its own', () => {
    cases((scroller, random, tall, view) => {
      if (tall > 60_000_000) return;
      scroller.goTo(Math.max(0, end(tall, view) - random.below(30_000)));
      for (let step = 0; step < 400; step += 1) {
        scroller.moved(Math.min(scroller.bar + 150, end(scroller.laid, view)));
      }
      expect([scroller.at, scroller.bar]).toEqual([end(tall, view), end(scroller.laid, view)]);
      scroller.goTo(random.below(30_000));
      for (let step = 0; step < 400; step += 1) scroller.moved(Math.max(0, scroller.bar - 150));
      expect([scroller.at, scroller.bar]).toEqual([0, 0]);
    });
  });

  it('a jump goes to the same share, onwards never back', () => {
    cases((scroller, random, _, view) => {
      const bars = Array.from({ length: 10 }, () => random.below(end(scroller.laid, view) + 1)).sort((a, b) => a - b);
      let last = 0;
      for (const bar of bars) {
        scroller.goTo(0);
        scroller.moved(bar);
        expect(scroller.at).toBeGreaterThanOrEqual(last);
        last = scroller.at;
      }
    });
  });

  it('keeps what is read when rows come at the end, and when the bar is put right', () => {
    cases((scroller, random, tall, view) => {
      const at = random.below(end(tall, view) + 1);
      scroller.goTo(at);
      scroller.measure(tall + 470, view);
      expect(scroller.at).toBe(at);
      scroller.settle();
      expect(scroller.at).toBe(at);
    });
  });
});
