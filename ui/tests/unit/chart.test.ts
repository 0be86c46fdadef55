import { describe, expect, it } from 'vitest';
import { heights, highest, paths, together } from '../../src/lib/chart/bars';
import { barAt, edge, ends, keyStep, moved, timesOf } from '../../src/lib/chart/brush';
import { lengthWords, span } from '../../src/lib/chart/labels';
import { roundStep, roundUp, STEPS, ticks, wall } from '../../src/lib/chart/steps';
import { Random } from '../../src/lib/ipc/fake/random';

const at = (text: string): number => Date.parse(`${text}Z`);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe('steps of time', () => {
  it('are round, and the narrowest that need no more bars than asked for, from a second to years', () => {
    const random = new Random(5);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const from = at('2020-01-01T00:00:00') + random.below(10 ** 9) * 100;
      const length = 1 + Math.floor(2 ** (random.next() * 37));
      const most = 1 + random.below(400);
      const step = roundStep(from, from + length, most);
      const bars = (wide: number): number => Math.ceil((from + length) / wide) - Math.floor(from / wide);
      expect(step % 1_000).toBe(0);
      if (most > 1) expect(bars(step)).toBeLessThanOrEqual(most + (step > 30 * DAY ? 1 : 0));
      const narrower = STEPS.findLast((one) => one < step);
      if (narrower !== undefined) expect(bars(narrower)).toBeGreaterThan(most);
    }
  });

  it.each([
    ['2026-11-22T14:00:07', '2026-11-22T14:01:31', ['14:00:30', '14:01:00', '14:01:30']],
    ['2026-11-22T13:50:00', '2026-11-22T14:50:00', ['14:00', '14:15', '14:30', '14:45']],
    ['2026-11-21T13:50:00', '2026-11-23T01:00:00', ['22 Nov', '12:00', '23 Nov']],
    ['2026-11-13T00:00:00', '2026-11-30T00:00:00', ['16 Nov', '23 Nov']],
    ['2025-10-13T00:00:00', '2026-05-30T00:00:00', ['Jan 2026', 'Apr']],
    ['2021-10-13T00:00:00', '2026-05-30T00:00:00', ['2022', '2024', '2026']],
  ])('the axis from %s to %s has its marks at round times', (from, to, labels) => {
    expect(ticks(at(from), at(to), 4, 'utc').map((tick) => tick.label)).toEqual(labels);
  });

  it('never crowd, never repeat and always stand on round times, whatever the stretch', () => {
    const random = new Random(9);
    for (let turn = 0; turn < 2_000; turn += 1) {
      const from = at('2015-01-01T00:00:00') + random.below(10 ** 9) * 300;
      const to = from + 10_000 + Math.floor(2 ** (random.next() * 38));
      const most = 2 + random.below(14);
      const marks = ticks(from, to, most, turn % 2 === 0 ? 'utc' : 'local');
      expect(marks.length).toBeLessThanOrEqual(most * 1.25 + 1);
      marks.forEach((mark, index) => {
        expect(mark.at).toBeGreaterThanOrEqual(from);
        expect(mark.at).toBeLessThan(to);
        if (index > 0) expect(mark.at).toBeGreaterThan(marks[index - 1]?.at ?? 0);
        expect(wall(mark.at, 'utc').clock % 1_000).toBe(0);
      });
    }
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 3],
    [7, 10],
    [11, 20],
    [21, 40],
    [999, 1_000],
    [1_001, 2_000],
    [43_000, 50_000],
  ])('a scale for %d goes up to %d', (value, top) => expect(roundUp(value)).toBe(top));
});

describe('stretches in words', () => {
  const now = at('2026-11-22T12:00:00');
  it.each([
    ['2026-11-22T14:00:00', '2026-11-22T15:00:00', '22 Nov, 14:00 – 15:00'],
    ['2026-11-22T14:00:00', '2026-11-22T14:00:30', '22 Nov, 14:00 – 14:00:30'],
    ['2026-11-22T23:00:00', '2026-11-23T00:00:00', '22 Nov, 23:00 – 24:00'],
    ['2026-11-22T00:00:00', '2026-11-23T00:00:00', '22 Nov'],
    ['2026-11-01T00:00:00', '2026-11-04T00:00:00', '1 – 3 Nov'],
    ['2026-10-30T00:00:00', '2026-11-04T00:00:00', '30 Oct – 3 Nov'],
    ['2025-12-30T00:00:00', '2026-01-02T00:00:00', '30 Dec 2025 – 1 Jan 2026'],
    ['2026-11-21T22:00:00', '2026-11-22T03:00:00', '21 Nov, 22:00 – 22 Nov, 03:00'],
  ])('%s to %s is %s', (from, to, words) => expect(span(at(from), at(to), 'utc', now)).toBe(words));
  it('say how wide a bar is', () => {
    expect([1_000, 300_000, HOUR, 6 * HOUR, DAY, 7 * DAY].map(lengthWords)).toEqual([
      '1 second',
      '5 minutes',
      '1 hour',
      '6 hours',
      '1 day',
      '7 days',
    ]);
  });
});

describe('the brush', () => {
  const plot = { left: 10, width: 100, bars: 7 };
  it('finds the bar under the pointer, by the edges that are drawn', () => {
    for (let x = 10; x < 110; x += 1) {
      const bar = barAt(x + 0.5, plot);
      expect(edge(bar, plot) - 1).toBeLessThanOrEqual(x);
      expect(edge(bar + 1, plot)).toBeGreaterThanOrEqual(x);
    }
    expect([barAt(-5, plot), barAt(10_000, plot), barAt(5, { ...plot, width: 0 })]).toEqual([0, 6, 0]);
  });
  it('moves by keys, stops at the ends, and widens with Shift', () => {
    let choice = moved(null, 0, false, 6);
    expect(choice).toEqual({ anchor: 6, head: 6 });
    const press = (key: string, shift = false): void => {
      const step = keyStep(key, choice.head, 7) ?? expect.fail(key);
      choice = moved(choice, step, shift, 0);
    };
    press('ArrowRight');
    expect(choice).toEqual({ anchor: 6, head: 6 });
    press('ArrowLeft');
    press('ArrowLeft', true);
    press('ArrowLeft', true);
    expect(ends(choice)).toEqual([3, 5]);
    press('Home', true);
    expect(ends(choice)).toEqual([0, 5]);
    press('End');
    expect(choice).toEqual({ anchor: 6, head: 6 });
    expect(keyStep('j', 0, 7)).toBeNull();
  });
  it('covers whole bars', () => {
    expect(timesOf({ anchor: 4, head: 2 }, 1_000, 10)).toEqual({ from: 1_020, to: 1_050 });
  });
});

describe('stacked bars', () => {
  it('add up to the height of their count, and show every part that is there', () => {
    const random = new Random(2);
    for (let turn = 0; turn < 3_000; turn += 1) {
      const bar = Array.from({ length: 6 }, () =>
        random.below(2) === 0 ? 0 : random.below(10 ** (1 + random.below(5))),
      );
      const total = bar.reduce((sum, part) => sum + part, 0);
      const scale = { height: 64, top: roundUp(Math.max(1, total)) };
      const tall = heights(bar, scale);
      bar.forEach((count, rank) => (count === 0 ? expect(tall[rank]).toBe(0) : expect(tall[rank]).toBeGreaterThan(0)));
      const whole = tall.reduce((sum, part) => sum + part, 0);
      expect(whole).toBeLessThanOrEqual(64);
      if (total > 0) expect(Math.abs(whole - (total / scale.top) * 64)).toBeLessThanOrEqual(6);
    }
  });
  it('are summed severity by severity', () => {
    const bars = [
      [1, 0, 0, 0, 0, 2],
      [0, 3, 0, 0, 0, 1],
      [9, 9, 9, 9, 9, 9],
    ];
    expect(together(bars, 0, 1)).toEqual([1, 3, 0, 0, 0, 3]);
    expect(highest(bars)).toBe(54);
    expect(highest([])).toBe(0);
  });
  it('are one path for each severity, the worst at the foot', () => {
    const drawn = paths([[1, 0, 0, 0, 0, 1]], { left: 0, width: 10, bars: 1 }, { height: 10, top: 2 });
    expect(drawn).toEqual(['M0 0h9v5h-9z', '', '', '', '', 'M0 5h9v5h-9z']);
  });
});
