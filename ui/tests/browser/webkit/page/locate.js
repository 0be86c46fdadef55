// Runs in the page: finds elements as the tests name them, and waits for them, all in one call of the driver.
(() => {
  const clean = (text) => text.replaceAll(/\s+/g, ' ').trim();
  const tells = (node) => clean(node.textContent ?? '');
  const hasText = (text, wanted, exact) => {
    if (wanted instanceof RegExp) return wanted.test(text);
    return exact ? text === clean(wanted) : text.toLowerCase().includes(clean(wanted).toLowerCase());
  };
  const visible = (node) => {
    const { width, height } = node.getBoundingClientRect();
    return width > 0 && height > 0 && node.checkVisibility({ visibilityProperty: true });
  };
  const ROLES = {
    alert: '[role="alert"]',
    button: 'button:not([role]), input[type="button"], input[type="submit"], [role="button"]',
  };
  const nameOf = (node) => clean(node.getAttribute('aria-label') ?? node.textContent ?? '');
  const UNTOLD = 'head, head *, script, style, noscript';

  /** What one step finds below a node, in the order of the page. */
  const below = (root, step) => {
    if (step.css !== undefined) return [...root.querySelectorAll(step.css)];
    if (step.role !== undefined) {
      if (!(step.role in ROLES)) throw new Error(`no test has asked for the role ${step.role} yet: add it`);
      const named = (node) => step.name === undefined || hasText(nameOf(node), step.name, false);
      return [...root.querySelectorAll(ROLES[step.role])].filter((node) => visible(node) && named(node));
    }
    const holds = (node) => !node.matches(UNTOLD) && hasText(tells(node), step.text, step.exact);
    // The innermost that holds the whole text, as a person would point at it.
    return [...root.querySelectorAll('*')].filter((node) => holds(node) && ![...node.children].some(holds));
  };
  const all = (steps) => {
    let found = [document];
    for (const step of steps) {
      if (step.at !== undefined) found = found.slice(step.at, step.at === -1 ? undefined : step.at + 1);
      else if (step.hasText !== undefined) found = found.filter((node) => hasText(tells(node), step.hasText, false));
      else found = [...new Set(found.flatMap((root) => below(root, step)))];
    }
    return found;
  };
  const one = (steps) => {
    const found = all(steps);
    if (found.length > 1) throw new Error(`${found.length} elements are meant where there should be one`);
    return found[0];
  };

  const pause = () => new Promise((done) => setTimeout(done, 10));
  /** Asks until the answer is not undefined; `why` tells what was in the way. */
  const until = async (ask, why, limit) => {
    const end = performance.now() + limit;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (performance.now() > end) throw new Error(`${why()}, after ${limit} ms`);
      await pause();
    }
  };
  const attached = (steps, limit) =>
    until(
      () => one(steps),
      () => 'it is not there',
      limit,
    );
  const reached = (steps, state, limit) =>
    until(
      () => {
        const node = one(steps);
        const is = { detached: node === undefined, hidden: !node || !visible(node), visible: node && visible(node) };
        if (!(state in is)) throw new Error(`no test has waited for ${state} yet: add it`);
        return is[state] ? true : undefined;
      },
      () => `it is not ${state}`,
      limit,
    );

  const frame = () => new Promise((done) => requestAnimationFrame(done));
  /** What floats over an element does not do so at every place: a person scrolls, and so do tries after the first. */
  const PLACES = ['center', 'end', 'start'];
  const centre = (node, tries) => {
    if (tries === 0) node.scrollIntoViewIfNeeded();
    else node.scrollIntoView({ block: PLACES[tries % PLACES.length], inline: 'nearest' });
    const box = [...node.getClientRects()].find((rect) => rect.width > 0 && rect.height > 0);
    if (box === undefined) return undefined;
    const middle = (from, to, end) => (Math.max(from, 0) + Math.min(to, end)) / 2;
    return { x: middle(box.left, box.right, innerWidth), y: middle(box.top, box.bottom, innerHeight) };
  };
  /** Whether what a pointer meets is this element, a part of it or what it belongs to. */
  const belongs = (node, hit) => {
    const whole = node.closest('button, [role="button"], a, [role="link"], label') ?? node;
    return hit instanceof Element && (whole.contains(hit) || hit.closest('label')?.control === node);
  };
  const meets = (node, { x, y }) => belongs(node, document.elementFromPoint(x, y));

  /** What the next press is meant for: the page may move between the look and the press. */
  let aim;
  /** Holds a press back that would meet something else. */
  const guard = (event) => {
    if (aim === undefined) return;
    if (event.type === 'pointerdown') aim.missed = !belongs(aim.node, event.target);
    if (event.type === 'mouseup' || (event.type === 'pointerup' && aim.missed)) aim.over = true;
    if (!aim.missed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'auxclick', 'contextmenu'])
    addEventListener(type, guard, true);
  const aimAt = (steps) => {
    aim = { node: one(steps), missed: false, over: false };
  };
  /** Whether the press met what it was meant for. The driver answers before the page has seen all of it. */
  const landed = async () => {
    const seen = () => (aim.over ? true : undefined);
    const came = await until(seen, () => '', 2_000).catch(() => false);
    const met = came && !aim.missed;
    aim = undefined;
    return met;
  };

  const state = (node) => {
    if (!visible(node)) return 'it is not visible';
    return node.matches(':disabled') || node.closest('[aria-disabled="true"]') ? 'it is disabled' : 'it moves';
  };
  /** Where to press: seen, enabled, at rest and not covered, unless forced. */
  const pressable = async (steps, force, limit) => {
    let why = 'it is not there';
    let covered = 0;
    const ask = async () => {
      const node = one(steps);
      if (node === undefined) return undefined;
      const at = centre(node, covered);
      if (at !== undefined && force) return at;
      why = state(node);
      if (at === undefined || why !== 'it moves') return undefined;
      await frame();
      const after = node.isConnected ? centre(node, 0) : undefined;
      if (after === undefined || after.x !== at.x || after.y !== at.y) return undefined;
      if (meets(node, at)) return at;
      why = 'something lies over it';
      covered += 1;
      return undefined;
    };
    return until(ask, () => why, limit);
  };

  Object.defineProperty(window, 'locate', { value: { all, attached, reached, pressable, aimAt, landed } });
})();
