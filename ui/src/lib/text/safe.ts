/**
 * Text from outside, cut so that nothing in it can hide or turn round what is read: control, zero-width and
 * direction-changing characters become marks that the page draws as chips.
 */

export type Piece = { kind: 'text'; text: string } | { kind: 'mark'; label: string; name: string };

/** Characters that are not seen, or that change how their neighbours are seen. */
// The combining characters are meant one by one.
/* eslint-disable no-misleading-character-class */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\u{1d159}\u{fe00}-\u{fe0f}\u{e0100}-\u{e01ef}]/u;
/* eslint-enable no-misleading-character-class */
/** Format characters that have a visible shape of their own. */
const VISIBLE_FORMAT = /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u{110bd}\u{110cd}]/u;
const PICTOGRAPH = /\p{Extended_Pictographic}|\p{Emoji_Modifier}/u;
const EMOJI_BASE = /\p{Emoji}/u;

const NAMES: Record<string, string> = {
  '00': 'null',
  '08': 'backspace',
  '09': 'tab',
  '0A': 'line feed',
  '0D': 'carriage return',
  '1B': 'escape',
  '7F': 'delete',
  AD: 'soft hyphen',
  '61C': 'Arabic letter mark',
  '200B': 'zero width space',
  '200C': 'zero width non-joiner',
  '200D': 'zero width joiner',
  '200E': 'left-to-right mark',
  '200F': 'right-to-left mark',
  '2028': 'line separator',
  '2029': 'paragraph separator',
  '202A': 'left-to-right embedding',
  '202B': 'right-to-left embedding',
  '202C': 'pop directional formatting',
  '202D': 'left-to-right override',
  '202E': 'right-to-left override',
  '2060': 'word joiner',
  '2066': 'left-to-right isolate',
  '2067': 'right-to-left isolate',
  '2068': 'first strong isolate',
  '2069': 'pop directional isolate',
  '2800': 'empty Braille pattern',
  '3164': 'Hangul filler',
  FEFF: 'zero width no-break space',
};

/** Tags and variation selectors come in long rows: their letter or number says which. */
function nameOfRange(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code >= 0xe0020 && code <= 0xe007e) return `tag “${String.fromCodePoint(code - 0xe0000)}”`;
  if (code >= 0xfe00 && code <= 0xfe0f) return `variation selector ${code - 0xfe00 + 1}`;
  if (code >= 0xe0100 && code <= 0xe01ef) return `variation selector ${code - 0xe0100 + 17}`;
  return 'hidden character';
}

function mark(char: string, times: number): Piece {
  const hex = (char.codePointAt(0) ?? 0).toString(16).toUpperCase();
  const name = NAMES[hex.padStart(2, '0')] ?? nameOfRange(char);
  const label = `U+${hex.padStart(4, '0')}`;
  return times === 1 ? { kind: 'mark', label, name } : { kind: 'mark', label: `${label} ×${times}`, name };
}

/** Whether a hidden character is part of an emoji, where it belongs. */
function partOfEmoji(char: string, before: string, after: string): boolean {
  if (char === '\u{fe0f}' || char === '\u{fe0e}') return EMOJI_BASE.test(before);
  if (char === '\u200d') return (PICTOGRAPH.test(before) || before === '\u{fe0f}') && PICTOGRAPH.test(after);
  return false;
}

/** More marks than this on one letter are written in no language; they smear over the lines around. */
const MOST_MARKS = 6;
const STACK = /\p{M}{7,}/gu;

/** Cuts a text without hidden characters where marks are piled up on one letter. */
function unpile(text: string): Piece[] {
  const out: Piece[] = [];
  let at = 0;
  for (const pile of text.matchAll(STACK)) {
    const marks = Array.from(pile[0]);
    const kept = marks.slice(0, MOST_MARKS).join('');
    out.push({ kind: 'text', text: text.slice(at, pile.index) + kept });
    out.push({ kind: 'mark', label: `+${marks.length - MOST_MARKS}`, name: 'marks piled up on one letter' });
    at = pile.index + pile[0].length;
  }
  if (at < text.length) out.push({ kind: 'text', text: text.slice(at) });
  return out;
}

/** Cuts `text` into what can be shown as it is and what must be marked. `lines` keeps line breaks and tabs. */
export function pieces(text: string, lines = false): Piece[] {
  if (!HIDDEN.test(text)) return unpile(text);
  const chars = Array.from(lines ? text.replaceAll('\r\n', '\n') : text);
  const out: Piece[] = [];
  let plain = '';
  for (let at = 0; at < chars.length; at += 1) {
    const char = chars[at] as string;
    const kept = lines && (char === '\n' || char === '\t');
    const hidden = !kept && HIDDEN.test(char) && !VISIBLE_FORMAT.test(char);
    if (!hidden || partOfEmoji(char, chars[at - 1] ?? '', chars[at + 1] ?? '')) {
      plain += char;
      continue;
    }
    out.push(...unpile(plain));
    plain = '';
    let times = 1;
    while (chars[at + 1] === char) {
      times += 1;
      at += 1;
    }
    out.push(mark(char, times));
  }
  out.push(...unpile(plain));
  return out;
}

/** The same as one string, for attributes and for screen readers. */
export function plainText(text: string): string {
  return pieces(text)
    .map((piece) => (piece.kind === 'text' ? piece.text : `[${piece.label}]`))
    .join('');
}
