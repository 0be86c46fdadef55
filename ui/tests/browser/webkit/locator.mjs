// An element as a test names it, with the verbs that the tests use: Playwright's names and meaning, over WebDriver.
import { hold, letGo, stroke, typed } from './keys.mjs';

/** How long anything may take to be there. */
const LIMIT = 10_000;
const BUTTONS = { left: 0, right: 2 };

/** As JavaScript: JSON, and patterns as they were written. */
export function literal(value) {
  if (value instanceof RegExp) return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join()}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'undefined';
  return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}:${literal(one)}`)}}`;
}

/** Where things can be looked for: a page or an element. */
export class Place {
  constructor(driver, steps = []) {
    this.driver = driver;
    this.steps = steps;
  }

  #then(step) {
    return new Locator(this.driver, [...this.steps, step]);
  }

  locator(css) {
    return this.#then({ css });
  }

  getByTestId(id) {
    return this.#then({ css: `[data-testid="${id}"]` });
  }

  getByText(text, { exact = false } = {}) {
    return this.#then({ text, exact });
  }

  getByRole(role, { name } = {}) {
    return this.#then({ role, name });
  }

  filter({ hasText }) {
    return this.#then({ hasText });
  }

  nth(at) {
    return this.#then({ at });
  }

  first() {
    return this.nth(0);
  }

  last() {
    return this.nth(-1);
  }
}

export class Locator extends Place {
  /** Runs an expression on `found`: all that is there now. */
  async #all(expression) {
    return this.#run(`const found = locate.all(STEPS); return ${expression};`);
  }

  /** Runs an expression on `node`, once it is there. */
  async #one(expression) {
    return this.#run(`const node = await locate.attached(STEPS, ${LIMIT}); return ${expression};`);
  }

  async #run(body) {
    try {
      return await this.driver.run(body.replace('STEPS', () => literal(this.steps)));
    } catch (error) {
      throw new Error(`${literal(this.steps)}: ${error.message}`, { cause: error });
    }
  }

  count() {
    return this.#all('found.length');
  }

  allTextContents() {
    return this.#all("found.map((node) => node.textContent ?? '')");
  }

  evaluateAll(task, argument) {
    return this.#all(`await (${task})(found, ${literal(argument)})`);
  }

  evaluate(task, argument) {
    return this.#one(`await (${task})(node, ${literal(argument)})`);
  }

  textContent() {
    return this.#one('node.textContent');
  }

  innerText() {
    return this.#one('node.innerText');
  }

  inputValue() {
    return this.#one('node.value');
  }

  getAttribute(name) {
    return this.#one(`node.getAttribute(${literal(name)})`);
  }

  boundingBox() {
    return this.#one('(({ x, y, width, height }) => ({ x, y, width, height }))(node.getBoundingClientRect())');
  }

  isDisabled() {
    return this.#one("node.matches(':disabled')");
  }

  async isEnabled() {
    return !(await this.isDisabled());
  }

  waitFor({ state = 'visible' } = {}) {
    return this.#run(`return locate.reached(STEPS, ${literal(state)}, ${LIMIT});`);
  }

  focus() {
    return this.#one('node.focus()');
  }

  async #go(force = false, limit = LIMIT) {
    const { x, y } = await this.#run(`return locate.pressable(STEPS, ${force}, ${limit});`);
    return { type: 'pointerMove', x: Math.floor(x), y: Math.floor(y), duration: 0 };
  }

  async hover() {
    await this.driver.point([await this.#go()]);
  }

  async #press(move, button, modifiers) {
    if (modifiers.length > 0) await this.driver.strike(hold(modifiers));
    await this.driver.point([move, { type: 'pointerDown', button }, { type: 'pointerUp', button }]);
    if (modifiers.length > 0) await this.driver.strike(letGo(modifiers));
  }

  async click({ button = 'left', modifiers = [], force = false, timeout = LIMIT } = {}) {
    if (force) return this.#press(await this.#go(true, timeout), BUTTONS[button], modifiers);
    const end = Date.now() + timeout;
    while (Date.now() <= end) {
      const move = await this.#go(false, timeout);
      await this.#run('return locate.aimAt(STEPS);');
      await this.#press(move, BUTTONS[button], modifiers);
      if (await this.driver.run('return locate.landed();')) return undefined;
    }
    throw new Error(`${literal(this.steps)}: it moves away from the pointer`);
  }

  async #tick(wanted, options) {
    const ticked = () => this.#one('node.checked');
    if ((await ticked()) === wanted) return;
    await this.click(options);
    if ((await ticked()) !== wanted) throw new Error(`${literal(this.steps)}: the click changed nothing`);
  }

  check(options) {
    return this.#tick(true, options);
  }

  uncheck(options) {
    return this.#tick(false, options);
  }

  /** Replaces what stands there by what is typed, key by key. */
  async fill(text) {
    await this.waitFor();
    await this.#one('(node.focus(), node.select())');
    await this.driver.strike(text === '' ? stroke('Delete') : typed(text));
  }

  /** Chooses by value, and says so to the page as a list does when a person has chosen. */
  async selectOption(value) {
    await this.waitFor();
    const chosen = await this.evaluate((node, wanted) => {
      node.focus();
      node.value = wanted;
      for (const name of ['input', 'change']) node.dispatchEvent(new Event(name, { bubbles: true }));
      return node.value;
    }, value);
    if (chosen !== value) throw new Error(`${literal(this.steps)}: there is no ${value} to choose`);
  }
}
