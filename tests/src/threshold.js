// Runs in the page. Drags the threshold to a height of the strip as a hand does and measures, in ms, from the input
// event to the first animation frame in which the canvas and the numbers show the final answer to it.
const find = (id) => document.querySelector(`[data-testid='${id}']`);
const frame = () => new Promise((next) => requestAnimationFrame(next));
// Events made here have no pointer that could be captured.
Element.prototype.setPointerCapture = () => undefined;

const strip = find('strip');
const canvas = find('strip-canvas');
const at = (part) => {
  const box = strip.getBoundingClientRect();
  return { button: 0, pointerId: 1, bubbles: true, clientX: box.left + 300, clientY: box.top + 24 + part * 100 };
};
const done = () =>
  strip.dataset.provisional === 'false' && canvas.dataset.drawn === find('threshold').value &&
  find('effect-provisional') === null;

window.grab = () => strip.dispatchEvent(new PointerEvent('pointerdown', at(0.5)));
window.release = () => strip.dispatchEvent(new PointerEvent('pointerup', at(0.5)));
window.moveTo = async (part) => {
  const before = find('threshold').value;
  const start = performance.now();
  strip.dispatchEvent(new PointerEvent('pointermove', at(part)));
  for (;;) {
    await frame();
    const passed = performance.now() - start;
    if (done()) {
      const threshold = find('threshold').value;
      return { ms: passed, moved: threshold !== before, threshold, firings: Number(canvas.dataset.firings) };
    }
    if (passed > 20_000) throw new Error(`a move to ${part} is not answered`);
  }
};
return 0;
