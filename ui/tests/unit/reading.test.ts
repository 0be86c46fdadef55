import { describe, expect, it } from 'vitest';
import { COLUMNS, columnOf, nextSort, TableColumns } from '../../src/lib/state/columns.svelte';
import { Selection } from '../../src/lib/state/selection.svelte';
import { UndoStack } from '../../src/lib/state/undo';
import { activityDetail, activitySentence, sameAgain } from '../../src/lib/text/activity';
import { hitsIn, jsonLines, parts, pathOf } from '../../src/lib/text/jsonlines';

const step = (what: string, detail = '', actor = 'you', undone = false) => ({ at: 0, actor, what, detail, undone });

describe('the selection', () => {
  it('holds single alerts, or everything that matches', () => {
    const selection = new Selection();
    selection.add(['a', 'b']);
    selection.selectEverything(12_345);
    expect([selection.size, selection.has('z'), selection.everything]).toEqual([12_345, true, true]);
    selection.clear();
    expect([selection.size, selection.has('a'), selection.everything]).toEqual([0, false, false]);
  });
  it('comes down to what is loaded when one is taken out of everything', () => {
    const selection = new Selection();
    selection.selectEverything(500);
    selection.toggle('b', () => ['a', 'b', 'c']);
    expect([selection.ids, selection.everything]).toEqual([['a', 'c'], false]);
  });
});

describe('the undo stack', () => {
  const done = (changeId: string) => ({ changeId, text: changeId });
  it('gives the latest back first, each once', () => {
    const stack = new UndoStack();
    ['1', '2', '3'].forEach((id) => stack.push(done(id)));
    expect(stack.take('2')).toBe(true);
    expect(stack.take('2')).toBe(false);
    expect([stack.pop()?.changeId, stack.pop()?.changeId, stack.pop()]).toEqual(['3', '1', undefined]);
  });
  it('forgets what is long ago', () => {
    const stack = new UndoStack();
    for (let at = 0; at < 150; at += 1) stack.push(done(String(at)));
    expect(stack.size).toBe(100);
    expect(stack.take('0')).toBe(false);
  });
});

describe('the columns', () => {
  const fields = (columns: TableColumns, room = 2_000): string[] => columns.shown(room).map((one) => one.field);

  it('leaves the least needed out where there is no room, until the person chooses', () => {
    const columns = new TableColumns();
    expect(fields(columns)).toEqual(['severity', 'title', 'source', 'alertType', 'time', 'status']);
    expect(fields(columns, 800)).toEqual(['severity', 'title', 'source', 'time', 'status']);
    expect(fields(columns, 300)).toEqual(['severity', 'title', 'time']);
    columns.toggle('category');
    expect(fields(columns, 300)).toContain('category');
  });
  it('puts a new one where it usually stands, and keeps one at least', () => {
    const columns = new TableColumns();
    columns.toggle('received');
    expect(fields(columns)).toEqual(['severity', 'title', 'source', 'alertType', 'time', 'received', 'status']);
    for (const field of fields(columns)) columns.toggle(field);
    expect(fields(columns)).toEqual(['status']);
  });
  it('moves and sizes within bounds', () => {
    const columns = new TableColumns();
    columns.move('time', -99);
    expect(fields(columns)[0]).toBe('time');
    columns.resize('time', 1);
    expect(columns.widthOf('time')).toBe(columnOf('time')?.least);
    columns.resize('time', 99_999);
    expect(columns.widthOf('time')).toBe(1_200);
    columns.reset();
    expect(fields(columns)[0]).toBe('severity');
  });
  it('keeps what was chosen view by view', () => {
    const columns = new TableColumns();
    columns.use([], 'needs-me');
    columns.toggle('category');
    columns.use([{ field: 'title', width: 300 }], 'mine');
    expect(fields(columns)).toEqual(['title']);
    columns.use([], 'needs-me');
    expect(fields(columns)).toContain('category');
  });
  it('leaves out of a view what it does not know, and what it names twice', () => {
    const columns = new TableColumns();
    columns.use(['title', 'nothing', 'title', 'time'].map((field) => ({ field, width: null })));
    expect(fields(columns)).toEqual(['title', 'time']);
  });
  it('sorts the usual way at the first click, the other at the second', () => {
    const [title, time] = [columnOf('title') ?? COLUMNS[0], columnOf('time') ?? COLUMNS[0]];
    if (title === undefined || time === undefined) return expect.fail('the columns are gone');
    expect([nextSort('time', title), nextSort('title:asc', title)]).toEqual(['title:asc', 'title']);
    expect([nextSort('title', time), nextSort('time', time)]).toEqual(['time', 'time:asc']);
  });
});

describe('the lines of a payload', () => {
  const lines = (text: string) => jsonLines(text) ?? expect.fail('it is JSON');

  it('knows the way to every value', () => {
    const all = lines('{"a":{"b":[1,{"odd key":2}]},"a":3}');
    const ways = all.map((line, at) => (line.end === null && line.kind !== 'punctuation' ? pathOf(all, at) : null));
    expect(ways.filter((way) => way !== null)).toEqual(['$.a.b[0]', '$.a.b[1]["odd key"]', '$.a']);
  });
  it('copies a value as it stands, and folds to its end', () => {
    const all = lines('{"a": [1.0, 2e400], "b": {}}');
    const list = all.findIndex((line) => line.key === '"a"');
    expect([all[list]?.value(), all[list]?.members, all[all[list]?.end ?? 0]?.text]).toEqual(['[1.0,2e400]', 2, ']']);
    expect(all.at(-1)).toMatchObject({ text: '}', depth: 0 });
  });
  it('reads depth and width without delay', () => {
    const deep = '['.repeat(50_000) + ']'.repeat(50_000);
    expect(lines(deep)).toHaveLength(100_000);
  });
  it.each(['', '{', '[1', '}', '{"a"', 'no'])('says that “%s” is not JSON', (text) =>
    expect(jsonLines(text)).toBeNull(),
  );

  it('marks hits without case, and what was taken out', () => {
    expect(parts('Token [redacted] token', 'TOKEN').map((part) => part.kind)).toEqual([
      'hit',
      'text',
      'redacted',
      'text',
      'hit',
    ]);
    expect([hitsIn('aaaa', 'aa'), hitsIn('abc', ''), hitsIn('İstanbul', 'i')]).toEqual([2, 0, 0]);
    expect(parts('x[redacted]', 'red').map((part) => part.text)).toEqual(['x', '[redacted]']);
  });
});

describe('what happened, in words', () => {
  it('says why there was no notification', () => {
    const skipped = step('not-notified', 'quiet-hours', 'tocsin');
    expect(activitySentence(skipped)).toBe('Tocsin sent no notification');
    expect(activityDetail(skipped)).toContain('quiet hours');
    expect(activityDetail(step('not-notified', 'a new reason', 'tocsin'))).toBe('a new reason');
  });
  it('does the same again: reason and note, not what was undone', () => {
    const how = [step('closed', 'benign: known job'), step('closed', 'duplicate', 'you', true)];
    expect(sameAgain(how, 'benign')).toEqual({ kind: 'close', reason: 'benign', note: 'known job' });
    expect(sameAgain([step('acknowledged')], null)).toEqual({ kind: 'acknowledge' });
    expect(sameAgain([step('closed', 'source-resolved', 'source')], 'source-resolved')).toBeNull();
  });
});
