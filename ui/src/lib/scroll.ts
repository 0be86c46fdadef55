/**
 * Where a list stands that is taller than a browser can lay out. Small steps move it by as much as the scroll bar
 * moved, so wheel and touch feel the same in ten rows and in a million; jumps go to the same share of the list.
 * Both ends are exact. Plain numbers in CSS pixels: no DOM, no reactivity.
 */

/** Beyond this height positions are no longer exact in every engine. */
export const TALLEST = 4_000_000;

export class Scroller {
  #tall = 0;
  #view = 1;
  /** The list's own pixel at the upper edge. */
  #at = 0;
  /** Where the scroll bar stands, as the browser counts. */
  #bar = 0;

  /** The whole list. */
  get tall(): number {
    return this.#tall;
  }
  /** What the browser lays out of it. */
  get laid(): number {
    return Math.min(this.#tall, TALLEST);
  }
  get at(): number {
    return this.#at;
  }
  get bar(): number {
    return this.#bar;
  }
  /** What a row's own place is moved by, so that it stands right in what is laid out. */
  get offset(): number {
    return this.#bar - this.#at;
  }

  get #furthest(): number {
    return Math.max(0, this.#tall - this.#view);
  }
  get #barEnd(): number {
    return Math.max(0, this.laid - this.#view);
  }
  get #scaled(): boolean {
    return this.#tall > TALLEST;
  }

  /** This near an end one pixel of the bar is one of the list, so that the ends are met exactly. */
  get #edge(): number {
    return Math.min(20 * this.#view, Math.floor(this.#barEnd / 4));
  }

  #barOf(at: number): number {
    if (!this.#scaled) return at;
    const edge = this.#edge;
    if (at <= edge) return at;
    if (this.#furthest - at <= edge) return this.#barEnd - (this.#furthest - at);
    return edge + Math.round(((at - edge) / (this.#furthest - 2 * edge)) * (this.#barEnd - 2 * edge));
  }
  #atOf(bar: number): number {
    if (!this.#scaled) return bar;
    const edge = this.#edge;
    if (bar <= edge) return Math.round(bar);
    if (this.#barEnd - bar <= edge) return Math.round(this.#furthest - (this.#barEnd - bar));
    return edge + Math.round(((bar - edge) / (this.#barEnd - 2 * edge)) * (this.#furthest - 2 * edge));
  }

  /** The list or the window has another height; what is read stays. The answer is where the bar belongs. */
  measure(tall: number, view: number): number {
    this.#tall = tall;
    this.#view = Math.max(1, view);
    return this.goTo(this.#at);
  }

  /** Puts this pixel of the list at the upper edge. The answer is where the bar belongs. */
  goTo(at: number): number {
    this.#at = Math.max(0, Math.min(at, this.#furthest));
    if (this.#scaled) this.#at = Math.round(this.#at);
    this.#bar = this.#barOf(this.#at);
    return this.#bar;
  }

  /** The browser may have rounded what it was told: this is where the bar really stands. */
  heard(bar: number): void {
    if (!this.#scaled) this.#at = bar;
    this.#bar = bar;
  }

  /** The bar was moved. An answer that is not null is where it must be put, so that no end comes too early. */
  moved(bar: number): number | null {
    const step = bar - this.#bar;
    this.#bar = bar;
    if (!this.#scaled) {
      this.#at = bar;
      return null;
    }
    if (Math.abs(step) > 3 * this.#view) {
      this.#at = this.#atOf(bar);
      return null;
    }
    this.#at = Math.round(Math.max(0, Math.min(this.#at + step, this.#furthest)));
    // Many small steps add up to a drift: near an end, of the bar or of the list, it is put right.
    const near = Math.min(bar, this.#at, this.#barEnd - bar, this.#furthest - this.#at) < 4 * this.#view;
    return near && Math.abs(this.#barOf(this.#at) - bar) >= 1 ? this.settle() : null;
  }

  /** Puts the bar to the share of the list that is shown; what is shown does not move. */
  settle(): number {
    this.#bar = this.#barOf(this.#at);
    return this.#bar;
  }
}
