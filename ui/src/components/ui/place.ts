/** Where something that floats goes: beside what it belongs to, and never outside the window. */

export interface Point {
  x: number;
  y: number;
}
/** A point of the window in CSS pixels, such as the pointer's, or an element. */
export type Anchor = Point | HTMLElement;
export type Side = 'below-start' | 'below-end' | 'above';

/** Room to the edges of the window, and between the anchor and what floats, in CSS pixels. */
const EDGE = 8;
const GAP = 4;

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}
interface Size {
  width: number;
  height: number;
}

const within = (value: number, size: number, room: number): number =>
  Math.max(EDGE, Math.min(value, room - size - EDGE));

/** The upper left corner for something of `size` beside `box` in a window of `room`. */
export function placeBeside(box: Box, size: Size, room: Size, side: Side): Point {
  const below = box.bottom + GAP;
  const above = box.top - GAP - size.height;
  const fitsBelow = below + size.height + EDGE <= room.height;
  const fitsAbove = above >= EDGE;
  const y = side === 'above' ? (fitsAbove ? above : below) : fitsBelow || !fitsAbove ? below : above;
  const middle = (box.left + box.right - size.width) / 2;
  const x = side === 'above' ? middle : side === 'below-end' ? box.right - size.width : box.left;
  return { x: within(x, size.width, room.width), y: within(y, size.height, room.height) };
}

function boxOf(anchor: Anchor): Box {
  if (anchor instanceof HTMLElement) return anchor.getBoundingClientRect();
  return { left: anchor.x, right: anchor.x, top: anchor.y - GAP, bottom: anchor.y - GAP };
}

/**
 * Moves `node`, which must be shown and `position: fixed`, to its anchor.
 *
 * @param uncovered stays free of it above and below, such as the text that the anchor is a word of
 */
export function putBeside(node: HTMLElement, anchor: Anchor, side: Side, uncovered: Anchor = anchor): void {
  const { left, right } = boxOf(anchor);
  const { top, bottom } = boxOf(uncovered);
  const box = { left, right, top, bottom };
  const size = { width: node.offsetWidth, height: node.offsetHeight };
  const { x, y } = placeBeside(box, size, { width: innerWidth, height: innerHeight }, side);
  node.style.setProperty('left', `${Math.round(x)}px`);
  node.style.setProperty('top', `${Math.round(y)}px`);
}
