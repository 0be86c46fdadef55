import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertRow } from '../../src/lib/ipc/client';
import { Random } from '../../src/lib/ipc/fake/random';
import { type Ask, orderOf, PAGE, PageChain } from '../../src/lib/state/pages';

const row = (id: number, change: Partial<AlertRow> = {}): AlertRow => ({
  id: String(id),
  source: 's',
  sourceKind: 'cloudevents',
  severity: 'low',
  status: 'new',
  closeReason: null,
  title: 't',
  category: null,
  alertType: null,
  entity: null,
  time: 1_000 - id,
  receivedAt: 0,
  updatedAt: 0,
  snoozedUntil: null,
  occurrences: 1,
  seen: true,
  revision: 1,
  ...change,
});
const rows = (from: number, to: number): AlertRow[] => Array.from({ length: to - from }, (_, at) => row(from + at));
const byTime = orderOf('time');

describe('a chain of pages', () => {
  let chain: PageChain;
  const seen = (): (string | null)[] => chain.slice(0, chain.total).map((one) => one?.id ?? null);
  const page = (at: number) => chain.pages[at] ?? expect.fail(`there is no page ${at}`);

  beforeEach(() => {
    chain = new PageChain();
    chain.append(rows(0, 3), 'c3');
    chain.append(rows(3, 6), 'c6');
    chain.append(rows(6, 8), null);
  });

  it('reads over page borders', () => {
    expect(chain.slice(2, 7).map((one) => one?.id)).toEqual(['2', '3', '4', '5', '6']);
    expect([chain.total, chain.hasMore, chain.indexOf('7')]).toEqual([8, false, 7]);
  });
  it('keeps the place of rows it gave up', () => {
    chain.trim(0, 1);
    expect(seen()).toEqual(['0', '1', '2', null, null, null, null, null]);
    chain.refill(page(1), rows(3, 6), 'c6');
    expect(seen().slice(3, 6)).toEqual(['3', '4', '5']);
  });
  it('reads on from where a refilled page now ends', () => {
    chain.giveUp(page(1));
    chain.refill(page(1), [row(3), row(4), row(6)], 'c7');
    expect(page(2).after).toBe('c7');
    expect(page(2).rows).toBeNull();
  });
  it('ends where a refilled page is the last', () => {
    chain.giveUp(page(1));
    chain.refill(page(1), [row(3)], null);
    expect(seen()).toEqual(['0', '1', '2', '3']);
  });
  it('never shows a row twice', () => {
    chain.append([row(7), row(8)], null);
    expect(seen().filter((id) => id === '7')).toHaveLength(1);
  });
  it('takes a newer state and refuses an older one', () => {
    expect(chain.replace(row(4, { revision: 2, status: 'closed' }))).toBe(true);
    expect(chain.replace(row(4, { revision: 1 }))).toBe(false);
    expect(chain.rowAt(4)?.status).toBe('closed');
  });
  it('finds the place of a new row, and none where that is not loaded', () => {
    expect(chain.placeOf(row(-1), byTime)?.index).toBe(0);
    expect(chain.placeOf(row(4.5), byTime)?.index).toBe(5);
    expect(chain.placeOf(row(99), byTime)?.index).toBe(8);
    chain.giveUp(page(1));
    expect(chain.placeOf(row(4.5), byTime)).toBeNull();
    expect(chain.placeOf(row(6.5), byTime)?.index).toBe(7);
  });
  it('orders the worst first, and the newest of equals', () => {
    const order = orderOf('severity');
    const mixed = [row(1), row(2, { severity: 'critical' }), row(3, { severity: 'odd' }), row(0)];
    expect(mixed.sort(order).map((one) => one.id)).toEqual(['2', '3', '0', '1']);
  });
});

describe('a chain with gaps', () => {
  /** A store of rows, asked as the engine is: a cursor is the id of the row before. */
  const ask = (all: readonly AlertRow[], { after, skip, limit }: Ask): [AlertRow[], string | null] => {
    const start = (after === null ? 0 : all.findIndex((one) => one.id === after) + 1) + skip;
    const found = all.slice(start, start + limit);
    return [found, start + found.length < all.length ? (found.at(-1)?.id ?? null) : null];
  };
  const begin = (all: readonly AlertRow[], total = all.length): PageChain => {
    const chain = new PageChain();
    const [first, next] = ask(all, { page: null, offset: 0, after: null, skip: 0, limit: PAGE });
    chain.append(first, next);
    chain.setTotal(total);
    return chain;
  };
  /** Asks until these rows are there. */
  const look = (chain: PageChain, all: readonly AlertRow[], start: number, end: number): void => {
    for (let turn = 0; turn < 100; turn += 1) {
      const wanted = chain.missing(start, end);
      if (wanted === null) return;
      chain.fill(wanted, ...ask(all, wanted));
    }
    expect.fail('it asks for ever');
  };
  const idsOf = (chain: PageChain, start: number, end: number): (string | undefined)[] =>
    chain.slice(start, end).map((one) => one?.id);

  it('jumps to any place, and every row stands where it belongs', () => {
    const random = new Random(11);
    for (let round = 0; round < 40; round += 1) {
      const all = rows(0, random.pick([1, 199, 200, 201, 400, 5_000]) + random.below(300));
      const chain = begin(all);
      expect(chain.total).toBe(all.length);
      for (let jump = 0; jump < 12; jump += 1) {
        const start = random.below(all.length);
        const end = Math.min(all.length, start + 1 + random.below(60));
        look(chain, all, start, end);
        expect(idsOf(chain, start, end)).toEqual(all.slice(start, end).map((one) => one.id));
        expect(chain.total).toBe(all.length);
        if (jump % 3 === 0) chain.trim(random.below(all.length), 2);
      }
    }
  });

  it('goes on from the cursor in front of a place', () => {
    const chain = begin(rows(0, 2_000));
    expect(chain.missing(200, 220)).toMatchObject({ after: '199', skip: 0, limit: PAGE });
    expect(chain.missing(1_050, 1_060)).toMatchObject({ after: '199', skip: 800, limit: PAGE });
    expect(chain.missing(1_990, 2_000)).toMatchObject({ after: '199', skip: 1_600, limit: PAGE });
  });

  it('loses no row and shows none twice when some came or went in a gap', () => {
    const random = new Random(5);
    for (let round = 0; round < 60; round += 1) {
      const before = rows(0, 1_500);
      const chain = begin(before);
      look(chain, before, 700, 760);
      const change = random.below(30) - 15;
      // Between what is loaded and what was jumped to, some go or come.
      const now =
        change < 0
          ? before.toSpliced(400, -change)
          : before.toSpliced(400, 0, ...Array.from({ length: change }, (_, at) => row(10_000 + at, { time: 599.5 })));
      for (let at = 0; at < chain.total; at += 40) look(chain, now, at, at + 40);
      const shown = idsOf(chain, 0, chain.total);
      expect(new Set(shown).size).toBe(shown.length);
      expect(shown).toEqual(now.map((one) => one.id));
    }
  });

  it('ends where the list ends, however it was counted', () => {
    const all = rows(0, 450);
    const long = begin(all, 900);
    look(long, all, 400, 450);
    expect(long.total).toBe(450);
    const short = begin(all, 300);
    look(short, all, 280, 300);
    look(short, all, 300, 320);
    expect(idsOf(short, 300, 320)).toEqual(all.slice(300, 320).map((one) => one.id));
  });

  it('drops an answer whose place is gone', () => {
    const all = rows(0, 1_000);
    const chain = begin(all);
    const wanted = chain.missing(500, 510) ?? expect.fail('nothing is asked for');
    chain.clear();
    chain.append(all.slice(0, 200), '199');
    chain.fill(wanted, ...ask(all, wanted));
    expect(chain.total).toBe(200);
  });
});

describe('the orders', () => {
  it('sorts text without case, what is missing first, and turns round', () => {
    const mixed = [
      row(1, { category: 'b' }),
      row(2, { category: null }),
      row(3, { category: 'A' }),
      row(4, { category: 'a' }),
    ];
    const sorted = (sort: string): string[] => mixed.toSorted(orderOf(sort)).map((one) => one.id);
    expect(sorted('category:asc')).toEqual(['2', '4', '3', '1']);
    expect(sorted('category')).toEqual(['1', '3', '4', '2']);
  });
  it('sorts what is new before what is closed, and the most frequent first', () => {
    const mixed = [
      row(1, { status: 'closed' }),
      row(2, { status: 'new', occurrences: 3 }),
      row(3, { status: 'acknowledged' }),
    ];
    expect(mixed.toSorted(orderOf('status:asc')).map((one) => one.id)).toEqual(['2', '3', '1']);
    expect(mixed.toSorted(orderOf('occurrences')).map((one) => one.id)[0]).toBe('2');
  });
});
