import { beforeEach, describe, expect, it } from 'vitest';
import type { AlertRow } from '../../src/lib/ipc/client';
import { orderOf, PageChain } from '../../src/lib/state/pages';

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
