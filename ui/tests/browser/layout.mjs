// Looks at a page as a careful eye would: is a text cut off, does one thing lie over another, does anything stick out?
import { assert } from './harness.mjs';

/** Runs in the page; answers what is wrong, one line each. */
function findFaults() {
  const faults = [];
  const name = (node) => {
    const id = node.closest('[data-testid]')?.getAttribute('data-testid') ?? '';
    return `<${node.tagName.toLowerCase()} ${node.className.baseVal ?? node.className}> in ${id}: “${(node.textContent ?? '').trim().slice(0, 60)}”`;
  };
  const dialog = [...document.querySelectorAll('dialog[open]')].at(-1);
  const root = dialog ?? document.body;
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  /** Scrolled out of sight: what lies there now is no neighbour. */
  const scrolledOut = (node, x, y) => {
    for (let box = node.parentElement; box !== null && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowY === 'visible') continue;
      const edge = box.getBoundingClientRect();
      if (x < edge.left || x > edge.right || y < edge.top || y > edge.bottom) return true;
    }
    return false;
  };
  const hidden = (node) => node.closest('.visually-hidden, [aria-hidden="true"], pre, textarea') !== null;

  if (document.documentElement.scrollWidth > innerWidth) faults.push('the page is wider than the window');

  const shell = document.querySelector('.shell')?.getBoundingClientRect();
  if (shell && (shell.top !== 0 || shell.left !== 0))
    faults.push(`the window has moved to ${shell.left}, ${shell.top}`);

  for (const node of root.querySelectorAll('*')) {
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim() !== '');
    if (!own || !seen(node) || hidden(node)) continue;
    const style = getComputedStyle(node);
    // Out of sight on purpose, for those who hear the page.
    if (style.clipPath === 'inset(50%)') continue;
    if (style.display === 'inline' || style.textOverflow === 'ellipsis') continue;
    if (['auto', 'scroll'].includes(style.overflowX)) continue;
    if (node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0) {
      faults.push(`text wider than its box (${node.scrollWidth} > ${node.clientWidth}): ${name(node)}`);
    }
    const lines = ['hidden', 'clip'].includes(style.overflowY);
    if (lines && node.scrollHeight > node.clientHeight + 2) faults.push(`text higher than its box: ${name(node)}`);
  }

  const pressable = 'button, a[href], input, select, textarea, summary, [role="tab"], [role="slider"]';
  for (const node of root.querySelectorAll(pressable)) {
    if (!seen(node) || node.closest('.visually-hidden, [popover]') !== null) continue;
    const box = node.getBoundingClientRect();
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    if (box.width < 2 || x < 0 || y < 0 || x > innerWidth || y > innerHeight || scrolledOut(node, x, y)) continue;
    const hit = document.elementFromPoint(x, y)?.closest(pressable);
    if (!hit || hit === node || hit.contains(node) || node.contains(hit)) continue;
    // These are meant to float over what is below them, and go again.
    if (hit.closest('[data-testid="toast"], [data-testid="new-pill"], [popover]') !== null) continue;
    // A sticky head covers rows that have scrolled under it.
    if (hit.closest('[role="row"]:first-child, .head') !== null) continue;
    faults.push(`${name(hit)} lies over ${name(node)}`);
  }

  for (const node of root.querySelectorAll('*')) {
    const scrolls = ['auto', 'scroll'].includes(getComputedStyle(node).overflowY);
    if (!scrolls || node.scrollHeight <= node.clientHeight || !seen(node) || hidden(node)) continue;
    const { borderLeftWidth, borderRightWidth } = getComputedStyle(node);
    const bar = node.offsetWidth - node.clientWidth - parseFloat(borderLeftWidth) - parseFloat(borderRightWidth);
    if (bar < 6) faults.push(`a scroll bar over its content, which takes clicks there (${bar}): ${name(node)}`);
  }

  const low = 24;
  for (const node of root.querySelectorAll('button, select, input:not([type="checkbox"], [type="radio"])')) {
    if (!seen(node) || node.closest('.visually-hidden') !== null) continue;
    const box = node.getBoundingClientRect();
    const inText = getComputedStyle(node).display === 'inline' || node.classList.contains('link');
    if (!inText && box.height > 0 && box.height < low - 8) faults.push(`too low to hit (${box.height}): ${name(node)}`);
  }
  return [...new Set(faults)];
}

/** Fails where something is cut off, covered or sticks out. */
export async function checkLayout(page, where) {
  const faults = await page.evaluate(findFaults);
  assert(faults.length === 0, `${where}:\n  ${faults.slice(0, 12).join('\n  ')}`);
}
