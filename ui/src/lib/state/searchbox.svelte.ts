/**
 * What is being typed into the search box. The filter's text is the truth: whole terms with a field are chips, all
 * else is the text in the input. A term that is still being typed is not asked for before it is finished.
 */
import { isGood } from '../query/fields';
import { type Token, tokens } from '../query/grammar';
import type { AlertFilter } from './filter.svelte';

/** Words that are typed are asked for after this long, in ms. */
const PAUSE = 180;

export class SearchBox {
  /** Whole terms with a field, as they were typed. */
  chips = $state.raw<Token[]>([]);
  /** What the input holds. */
  draft = $state('');
  #mine: string | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly filter: AlertFilter) {
    this.follow();
  }

  /** Takes over the filter's text, unless it came from here. */
  follow(): void {
    const { text } = this.filter;
    if (text === this.#mine) return;
    this.#mine = text;
    clearTimeout(this.#timer);
    const all = tokens(text);
    this.chips = all.filter((token) => token.field !== null && isGood(token));
    this.draft = all
      .filter((token) => token.field === null || !isGood(token))
      .map((token) => token.raw)
      .join(' ');
  }

  #text(draft: string): string {
    return [...this.chips.map((chip) => chip.raw), draft.trim()].filter((part) => part !== '').join(' ');
  }

  /** Turns finished terms with a field into chips; `caret` stands in one that is not finished. Answers the caret. */
  #gather(caret: number | null): number {
    const all = tokens(this.draft);
    const done = all.filter(
      (token) => token.field !== null && isGood(token) && (caret === null || caret < token.at || caret > token.end),
    );
    if (done.length === 0) return caret ?? this.draft.length;
    this.chips = [...this.chips, ...done];
    let left = this.draft;
    let place = caret ?? left.length;
    for (const token of done.toReversed()) {
      const rest = left.slice(token.end).replace(/^\p{White_Space}/u, '');
      if (place > token.at) place = Math.max(token.at, place - (left.length - token.at - rest.length));
      left = left.slice(0, token.at) + rest;
    }
    this.draft = left;
    return place;
  }

  #ask(draft: string): void {
    clearTimeout(this.#timer);
    const text = this.#text(draft);
    this.#mine = text;
    void this.filter.set(text);
  }

  /** Something was typed; answers where the caret belongs. */
  type(draft: string, caret: number): number {
    this.draft = draft;
    const place = this.#gather(caret);
    const open = tokens(this.draft).find((token) => token.at < place && place <= token.end);
    const whole = open === undefined || (open.field === null && !open.open && open.raw !== '-');
    const asked = whole ? this.draft : this.draft.slice(0, open.at) + this.draft.slice(open.end);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(asked), PAUSE);
    return place;
  }

  /** What is typed is meant: everything is asked for, also what cannot be read, so that the engine says why. */
  finish(): void {
    this.#gather(null);
    this.#ask(this.draft);
  }

  /** Puts `text` in the place of a stretch of the input. Answers the caret. */
  put(at: number, end: number, text: string, whole: boolean): number {
    const tail = this.draft.slice(end);
    this.draft = this.draft.slice(0, at) + text + (whole && !tail.startsWith(' ') ? ' ' : '') + tail;
    const caret = at + text.length + (whole ? 1 : 0);
    if (!whole) return caret;
    const place = this.#gather(caret);
    this.#ask(this.draft);
    return place;
  }

  removeChip(index: number): void {
    this.chips = this.chips.filter((_, at) => at !== index);
    this.#ask(this.draft);
  }

  /** Takes a chip back into the input. The filter stays as it is until the term is finished again. */
  editChip(index: number): void {
    const chip = this.chips[index];
    if (chip === undefined) return;
    this.chips = this.chips.filter((_, at) => at !== index);
    this.draft = [this.draft.trim(), chip.raw].filter((part) => part !== '').join(' ');
  }

  /** What is typed is not meant after all: back to what is shown. Answers whether anything changed. */
  revert(): boolean {
    clearTimeout(this.#timer);
    const before = this.#text(this.draft);
    this.#mine = null;
    this.follow();
    return this.#text(this.draft) !== before;
  }

  /** Forgets the words, not the chips. */
  clearWords(): void {
    this.draft = '';
    this.#ask('');
  }

  clearAll(): void {
    this.chips = [];
    this.clearWords();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
