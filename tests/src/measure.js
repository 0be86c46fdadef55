// Runs in the page. Does one thing as a person would and measures, in ms, from the input event to the first animation
// frame in which the document shows the whole answer: the rows in sight, the count, the facets and the bars.
const find = (id) => document.querySelector(`[data-testid='${id}']`);
const frame = () => new Promise((next) => requestAnimationFrame(next));
const view = () => find('alerts-view').dataset;
const answered = () =>
  view().asked === view().shown && document.querySelector('[aria-busy=true], .count.stale') === null;
// Events made here have no pointer that could be captured.
Element.prototype.setPointerCapture = () => undefined;

/** Whether rows cover the table from edge to edge, none of them still loading. */
function rowsThere() {
  const table = find('alert-table');
  if (table === null) return find('alerts-no-match') !== null || find('alerts-all-clear') !== null;
  const { top, bottom } = table.getBoundingClientRect();
  const boxes = [...table.querySelectorAll('[data-index]')].map((row) => [row, row.getBoundingClientRect()]);
  const seen = boxes.filter(([, box]) => box.bottom > top + 34 && box.top < bottom);
  if (seen.length === 0) return false;
  const last = Math.max(...seen.map(([row]) => Number(row.dataset.index)));
  const filled = Math.max(...seen.map(([, box]) => box.bottom)) >= bottom - 1;
  const total = Number(find('match-count').textContent.replaceAll(/\D/g, ''));
  return (filled || last === total - 1) && seen.every(([row]) => row.dataset.testid === 'alert-row');
}

const inputs = {
  view: (place) => document.querySelectorAll('[data-testid=views] li button')[place].click(),
  sort: (word) => find(`sort-${word}`).click(),
  facet: ([field, place]) => document.querySelectorAll(`[data-testid=facet-${field}] .value`)[place].click(),
  back: () => find('zoom-out')?.click(),
  scroll: (part) => {
    const table = find('alert-table');
    if (table !== null) table.scrollTop = part * (table.scrollHeight - table.clientHeight);
  },
  search: (words) => {
    const input = find('search');
    input.focus();
    input.value = words;
    input.dispatchEvent(new InputEvent('input', { bubbles: true }));
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }));
  },
  brush: ([from, to]) => {
    const plot = find('histogram-plot');
    const box = plot.getBoundingClientRect();
    const at = (part) => ({
      button: 0,
      pointerId: 1,
      bubbles: true,
      clientX: box.left + 36 + part * (box.width - 44),
      clientY: box.top + 30,
    });
    plot.dispatchEvent(new PointerEvent('pointerdown', at(from)));
    plot.dispatchEvent(new PointerEvent('pointermove', at(to)));
    plot.dispatchEvent(new PointerEvent('pointerup', at(to)));
  },
};

window.measure = async (what, how) => {
  const before = view().asked;
  const start = performance.now();
  inputs[what](how);
  for (;;) {
    await frame();
    const passed = performance.now() - start;
    if (answered() && rowsThere()) return { ms: passed, asked: view().asked !== before };
    if (passed > 20_000) throw new Error(`${what} ${JSON.stringify(how)} is not answered: ${view().asked} | ${view().shown}`);
  }
};
return 0;
