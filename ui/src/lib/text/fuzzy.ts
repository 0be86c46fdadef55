/** Finding by a few letters: all of them in their order, best where words begin or where they stand together. */

export interface Found {
  score: number;
  /** The places of the letters in the text. */
  at: number[];
}

const START = 8;
const NEXT = 5;
const ELSEWHERE = 1;

const beginsWord = (text: string, at: number): boolean => at === 0 || /[\s./:_“(-]/.test(text[at - 1] ?? '');

/** How well `letters` are found in `text`, without regard to case; none if they are not. */
export function fuzzy(letters: string, text: string): Found | null {
  const wanted = letters.toLowerCase().replaceAll(/\s+/g, '');
  const lower = text.toLowerCase();
  if (wanted === '') return { score: 0, at: [] };
  // Lower case can be longer than what it comes from; such texts are found only as they are.
  if (lower.length !== text.length) return null;
  const together = wordsStart(letters.trim().toLowerCase(), lower);
  if (together !== null) return together;
  const at: number[] = [];
  let score = 0;
  let from = 0;
  for (const letter of wanted) {
    const place = bestPlace(lower, letter, from, at.at(-1));
    if (place === -1) return null;
    score += beginsWord(lower, place) ? START : place === from && at.length > 0 ? NEXT : ELSEWHERE;
    at.push(place);
    from = place + 1;
  }
  // Between equals the shorter text is more likely meant.
  return { score: score - text.length / 100, at };
}

/** The same letter right behind the last one, else where a word begins, else anywhere. */
function bestPlace(text: string, letter: string, from: number, last: number | undefined): number {
  if (last !== undefined && text[last + 1] === letter) return last + 1;
  let place = text.indexOf(letter, from);
  const first = place;
  while (place !== -1) {
    if (beginsWord(text, place)) return place;
    place = text.indexOf(letter, place + 1);
  }
  return first;
}

/** The letters as they are, best at the beginning of a word. */
function wordsStart(letters: string, text: string): Found | null {
  let place = text.indexOf(letters);
  if (letters === '' || place === -1) return null;
  let best = place;
  while (place !== -1 && !beginsWord(text, best)) {
    place = text.indexOf(letters, place + 1);
    if (place !== -1 && beginsWord(text, place)) best = place;
  }
  const at = Array.from({ length: letters.length }, (_, index) => best + index);
  const start = beginsWord(text, best) ? START * 2 : NEXT;
  return { score: START * letters.length + start + (best === 0 ? START : 0) - text.length / 100, at };
}
