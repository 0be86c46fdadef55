import { describe, expect, it } from 'vitest';
import { layOutJson } from '../../src/lib/text/json';
import { pieces, plainText } from '../../src/lib/text/safe';
import { exact, relative, untilTomorrow } from '../../src/lib/text/time';
import { bytes, count, severityLabel, severityRank, shortNumber } from '../../src/lib/text/words';

const MIN = 60_000;
const laidOut = (text: string): string | null =>
  layOutJson(text)
    ?.map((token) => token.text)
    .join('') ?? null;

describe('hostile text', () => {
  it('marks what turns text round', () => {
    expect(plainText('invoice \u202egpj.exe')).toBe('invoice [U+202E]gpj.exe');
  });
  it.each([
    ['zero width', 'a\u200bb', 'U+200B'],
    ['control', 'a\u0007b', 'U+0007'],
    ['byte order mark', '\ufeffb', 'U+FEFF'],
    ['tag', 'a\u{e0041}', 'U+E0041'],
    ['filler', 'a\u3164', 'U+3164'],
    ['half a pair', 'a\ud800', 'U+D800'],
    ['line separator', 'a\u2028b', 'U+2028'],
    ['variation selector', 'a\ufe01', 'U+FE01'],
  ])('marks %s', (_, text, label) => {
    expect(pieces(text)).toContainEqual(expect.objectContaining({ kind: 'mark', label }));
  });
  it('marks tags, variation selectors and blanks that look like nothing', () => {
    const names = (text: string): string[] => pieces(text).flatMap((one) => (one.kind === 'mark' ? [one.name] : []));
    expect(names('a\u{e0068}\u{e0069}')).toEqual(['tag “h”', 'tag “i”']);
    expect(names('a\ufe01\u{e0100}')).toEqual(['variation selector 2', 'variation selector 17']);
    expect(names('\u2800\u3164\u180b')).toEqual(['empty Braille pattern', 'Hangul filler', 'hidden character']);
  });
  it('counts a run instead of drawing it', () => {
    expect(pieces('\u200b'.repeat(5_000))).toEqual([{ kind: 'mark', label: 'U+200B ×5000', name: 'zero width space' }]);
  });
  it('leaves writing and emoji alone', () => {
    for (const text of ['Échecs — 認証失敗 🔐', '👩‍💻 ❤️ 1️⃣', 'שלום', 'नमस्ते']) {
      expect(pieces(text)).toEqual([{ kind: 'text', text }]);
    }
  });
  it('keeps line breaks only where lines are wanted', () => {
    expect(pieces('a\r\nb\tc', true)).toEqual([{ kind: 'text', text: 'a\nb\tc' }]);
    expect(plainText('a\nb')).toBe('a[U+000A]b');
  });
});

describe('JSON laid out', () => {
  it('indents', () => {
    expect(laidOut('{"a":[1,{"b":null}],"c":{},"d":[]}')).toBe(
      '{\n  "a": [\n    1,\n    {\n      "b": null\n    }\n  ],\n  "c": {},\n  "d": []\n}',
    );
  });
  it('changes nothing that JSON.parse would', () => {
    const text = '{"n":12345678901234567890,"x":1.0,"x":2,"e":"\\u202e"}';
    expect(laidOut(text)?.replace(/\s/g, '')).toBe(text);
  });
  it('keeps quotes, escapes and braces inside strings', () => {
    expect(laidOut('{"a":"\\"},{\\\\"}')).toBe('{\n  "a": "\\"},{\\\\"\n}');
  });
  it('knows keys from strings', () => {
    expect(layOutJson('{"a":"b"}')?.filter((token) => token.text.startsWith('"'))).toEqual([
      { kind: 'key', text: '"a"' },
      { kind: 'string', text: '"b"' },
    ]);
  });
  it.each(['', 'no json', '{"a":tru}', '{"a":"b', "{'a':1}"])('gives up on %j', (text) => {
    expect(layOutJson(text)).toBeNull();
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 2, 4, 12);
  it.each([
    [0, 'just now'],
    [3 * MIN, '3 min ago'],
    [120 * MIN, '2 h ago'],
    [2 * 1440 * MIN, '2 d ago'],
    [-55 * MIN, 'in 55 min'],
    [30 * 1440 * MIN, '2 Feb'],
    [400 * 1440 * MIN, '28 Jan 2025'],
  ])('%d ms ago', (ago, words) => {
    expect(relative(now - ago, now)).toBe(words);
  });
  it('shows UTC in full', () => {
    expect(exact(now)).toContain('2026-03-04 12:00:00 UTC');
  });
  it('does not fail on what is no time', () => {
    expect(relative(Number.NaN, now)).toBe('unknown time');
    expect(exact(1e300)).toContain('unknown time');
  });
  it('counts the hours until tomorrow morning', () => {
    expect(untilTomorrow(new Date(2026, 2, 4, 15, 10).getTime())).toBe('18h');
    expect(untilTomorrow(new Date(2026, 2, 4, 0, 5).getTime())).toBe('33h');
  });
});

describe('words', () => {
  it('are short on an axis', () => {
    const short = [0, 5_000, 9_999, 10_000, 20_000, 1_500_000].map(shortNumber);
    expect(short).toEqual(['0', '5,000', '9,999', '10K', '20K', '1.5M']);
  });
  it('counts', () => {
    expect([count(1, 'alert'), count(1_200, 'alert'), bytes(1), bytes(2048)]).toEqual([
      '1 alert',
      '1,200 alerts',
      '1 byte',
      '2 KB',
    ]);
  });
  it('puts an unknown severity between high and medium', () => {
    expect(severityRank('high')).toBeLessThan(severityRank('severe'));
    expect(severityRank('severe')).toBeLessThan(severityRank('medium'));
    expect(severityLabel('severe')).toBe('Unknown');
  });
});

describe('marks piled up on a letter', () => {
  it('shows a few and counts the rest', () => {
    const shown = pieces(`e${'\u0301'.repeat(20)}!`);
    expect(shown.map((piece) => (piece.kind === 'text' ? Array.from(piece.text).length : piece.label))).toEqual([
      7,
      '+14',
      1,
    ]);
  });
  it('leaves what languages write as it is', () => {
    for (const text of ['é', 'שָׁלוֹם', 'กี่', 'བསྒྲུབས']) expect(pieces(text)).toEqual([{ kind: 'text', text }]);
  });
});
