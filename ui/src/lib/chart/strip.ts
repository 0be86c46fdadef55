/** The history strip of a rule: windowed values as bars, the threshold as a line, firings as marks. */
import type { EffectView } from '../ipc/client';

export interface StripSize {
  width: number;
  height: number;
  left: number;
  right: number;
  /** Room above the bars, where firings are marked. */
  top: number;
  bottom: number;
}

/** Up to here values stand evenly; above it the small ones would be too flat to take hold of. */
const EVEN = 20;

export interface Scale {
  /** The greatest value that is drawn. */
  top: number;
  y: (value: number) => number;
  value: (y: number) => number;
}

export function scaleOf(top: number, size: StripSize): Scale {
  const room = size.height - size.top - size.bottom;
  const bend = top > EVEN ? 0.5 : 1;
  return {
    top,
    y: (value) => size.top + room * (1 - (Math.max(0, Math.min(top, value)) / top) ** bend),
    value: (y) => top * Math.max(0, Math.min(1, 1 - (y - size.top) / room)) ** (1 / bend),
  };
}

/** Round values to draw lines at, the greatest first. */
export function gridValues(top: number): number[] {
  const parts = top > EVEN ? [1, 0.5, 0.1] : [1, 0.5];
  return [...new Set(parts.map((part) => nice(top * part)))].filter((value) => value > 0 && value <= top);
}

/** The nearest value that reads well: 1, 2 or 5 times a power of ten. */
function nice(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const times = value / power;
  return (times < 1.5 ? 1 : times < 3.5 ? 2 : times < 7.5 ? 5 : 10) * power;
}

/** The greatest value worth drawing: all of what is there, and the threshold with some room above it. */
export function topOf(effect: EffectView | null, threshold: number | null): number {
  const peak = Math.max(0, ...(effect?.bars.map((bar) => bar.peak ?? 0) ?? []));
  const wanted = Math.max(peak * 1.05, (threshold ?? 0) * 1.3, 2);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = [1, 1.5, 2, 3, 4, 5, 6, 8, 10].find((one) => one * power >= wanted) ?? 10;
  return step * power;
}

export interface StripColours {
  bar: string;
  over: string;
  line: string;
  grid: string;
  axis: string;
  text: string;
  true: string;
  false: string;
  unlabelled: string;
  ground: string;
}

/** Marks closer than this, in pixels, are drawn as one. */
const APART = 3;

export interface Strip {
  size: StripSize;
  scale: Scale;
  effect: EffectView;
  from: number;
  to: number;
  threshold: number | null;
  colours: StripColours;
  font: string;
  /** The words of a value. */
  say: (value: number) => string;
}

type Canvas = Pick<
  CanvasRenderingContext2D,
  | 'clearRect'
  | 'fillRect'
  | 'fillText'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'closePath'
  | 'arc'
  | 'fill'
  | 'stroke'
  | 'setLineDash'
> & {
  fillStyle: unknown;
  strokeStyle: unknown;
  lineWidth: number;
  font: string;
  textAlign: string;
  textBaseline: string;
};

export function drawStrip(canvas: Canvas, strip: Strip): void {
  const { size, colours } = strip;
  canvas.clearRect(0, 0, size.width, size.height);
  drawGrid(canvas, strip);
  drawBars(canvas, strip);
  drawMarks(canvas, strip);
  canvas.fillStyle = colours.axis;
  canvas.fillRect(size.left, size.height - size.bottom, size.width - size.left - size.right, 1);
  if (strip.threshold === null) return;
  const y = Math.round(strip.scale.y(strip.threshold)) + 0.5;
  canvas.strokeStyle = colours.line;
  canvas.lineWidth = 1.5;
  canvas.beginPath();
  canvas.moveTo(size.left, y);
  canvas.lineTo(size.width - size.right, y);
  canvas.stroke();
}

function drawGrid(canvas: Canvas, { size, scale, colours, font, say }: Strip): void {
  canvas.font = font;
  canvas.textAlign = 'right';
  canvas.textBaseline = 'middle';
  for (const value of gridValues(scale.top)) {
    const y = Math.round(scale.y(value));
    canvas.fillStyle = colours.grid;
    canvas.fillRect(size.left, y, size.width - size.left - size.right, 1);
    canvas.fillStyle = colours.text;
    canvas.fillText(say(value), size.left - 6, Math.max(y, 8));
  }
}

function drawBars(canvas: Canvas, { size, scale, effect, threshold, colours }: Strip): void {
  const room = size.width - size.left - size.right;
  const count = effect.bars.length;
  const base = size.height - size.bottom;
  const gap = room / Math.max(1, count) > 3 ? 1 : 0;
  for (const over of [false, true]) {
    canvas.fillStyle = over ? colours.over : colours.bar;
    effect.bars.forEach((bar, at) => {
      if (bar.peak === null || bar.peak <= 0) return;
      if ((threshold !== null && bar.peak >= threshold) !== over) return;
      const x = size.left + (room * at) / count;
      const y = scale.y(bar.peak);
      canvas.fillRect(x, y, Math.max(1, room / count - gap), Math.max(1, base - y));
    });
  }
}

/** What was true is a full disc, what was false a ring, what nobody judged a tick: told apart without colour. */
function drawMarks(canvas: Canvas, { size, effect, from, to, colours }: Strip): void {
  const room = size.width - size.left - size.right;
  const y = size.top - 9;
  let last = Number.NEGATIVE_INFINITY;
  const order = [...effect.marks].sort((one, other) => one.at - other.at);
  for (const mark of order) {
    const x = size.left + (room * (mark.at - from)) / (to - from);
    if (x < size.left || (mark.label === null && x - last < APART)) continue;
    if (mark.label === null) {
      last = x;
      canvas.fillStyle = colours.unlabelled;
      canvas.fillRect(x - 0.75, y - 5, 1.5, 10);
      continue;
    }
    canvas.beginPath();
    canvas.arc(x, y, 4, 0, Math.PI * 2);
    canvas.closePath();
    canvas.fillStyle = mark.label ? colours.true : colours.ground;
    canvas.strokeStyle = mark.label ? colours.true : colours.false;
    canvas.lineWidth = 2;
    canvas.fill();
    canvas.stroke();
  }
}
