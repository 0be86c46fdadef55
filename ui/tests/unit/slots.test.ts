import { describe, expect, it } from 'vitest';
import { type Drawn, Slots } from '../../src/lib/slots';

interface Row {
  id: string;
}
const places = (ids: string, from = 0) => [...ids].map((id, at) => ({ row: { id }, index: from + at }));
const at = (index: number): number => index * 10;
const told = (drawn: Drawn<Row>[]) =>
  drawn.map(({ row, index, slot, top }) => `${row?.id ?? '-'}${index}:${slot}@${top}`);

describe('the elements of rows', () => {
  it('stay with what is still shown, and go over to what comes', () => {
    const slots = new Slots<Row>();
    expect(told(slots.draw(places('abc'), false, at))).toEqual(['a0:0@0', 'b1:1@10', 'c2:2@20']);
    expect(told(slots.draw(places('bcd', 1), false, at))).toEqual(['b1:1@10', 'c2:2@20', 'd3:0@30']);
    expect(told(slots.draw(places('nbc'), false, at))).toEqual(['n0:0@0', 'b1:1@10', 'c2:2@20']);
    expect(told(slots.draw(places('x'), false, at))).toEqual(['x0:0@0']);
  });

  it('keep what they hold, where it is, as long as they are spare', () => {
    const slots = new Slots<Row>();
    slots.draw(places('abcde'), false, at);
    // A jump: what is in sight first, in elements that are there.
    expect(told(slots.draw(places('xy', 70), true, at))).toEqual([
      'x70:0@700',
      'y71:1@710',
      'c2:2@20',
      'd3:3@30',
      'e4:4@40',
    ]);
    expect(told(slots.draw(places('wxyz', 69), false, at))).toEqual([
      'w69:2@690',
      'x70:0@700',
      'y71:1@710',
      'z72:3@720',
    ]);
  });

  it('never leave a spare row on a place that another one has', () => {
    const slots = new Slots<Row>();
    slots.draw(places('abcd'), false, at);
    const drawn = slots.draw(places('xy', 2), true, at);
    expect(told(drawn)).toEqual(['a0:0@0', 'b1:1@10', 'x2:2@20', 'y3:3@30']);
    expect(new Set(drawn.map((one) => one.index)).size).toBe(drawn.length);
  });

  it('say whether all of some rows are there', () => {
    const slots = new Slots<Row>();
    slots.draw(places('abc'), false, at);
    expect(slots.hold(places('bc', 1))).toBe(true);
    expect(slots.hold(places('cd', 2))).toBe(false);
    expect(slots.hold([{ row: null, index: 4 }])).toBe(false);
  });

  it('are never two of a number, whatever comes', () => {
    const slots = new Slots<Row>();
    for (let round = 0; round < 300; round += 1) {
      const ids = Array.from({ length: (round * 7) % 13 }, (_, n) => String((round * 5 + n * 3) % 29));
      const wanted = [...new Set(ids)].map((id, n) => ({ row: n % 5 === 4 ? null : { id }, index: (round % 11) + n }));
      const drawn = slots.draw(wanted, round % 3 !== 0, at);
      expect(new Set(drawn.map((one) => one.slot)).size).toBe(drawn.length);
      expect(new Set(drawn.map((one) => one.index)).size).toBe(drawn.length);
      for (const place of wanted)
        expect(drawn.some((one) => one.index === place.index && one.row === place.row)).toBe(true);
    }
  });
});
