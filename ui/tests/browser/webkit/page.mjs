// A page of WebKit as the tests know pages: Playwright's names for the few verbs that they use.
import { spawnSync } from 'node:child_process';
import { literal, Place } from './locator.mjs';
import { stroke, typed } from './keys.mjs';

class Keyboard {
  constructor(driver) {
    this.driver = driver;
  }

  press(key) {
    return this.driver.strike(stroke(key));
  }

  type(text) {
    return this.driver.strike(typed(text));
  }
}

class Mouse {
  #at = { x: 0, y: 0 };

  constructor(driver) {
    this.driver = driver;
  }

  async move(x, y, { steps = 1 } = {}) {
    const from = this.#at;
    this.#at = { x, y };
    const part = (start, end, step) => Math.round(start + ((end - start) * step) / steps);
    const moves = Array.from({ length: steps }, (_, at) => ({
      type: 'pointerMove',
      x: part(from.x, x, at + 1),
      y: part(from.y, y, at + 1),
      duration: 0,
    }));
    await this.driver.point(moves);
  }

  down() {
    return this.driver.point([{ type: 'pointerDown', button: 0 }]);
  }

  up() {
    return this.driver.point([{ type: 'pointerUp', button: 0 }]);
  }
}

export class Page extends Place {
  #desktop;
  #requests;
  #stops = [];

  /** `requests` has `listen`, `desktop` knows what the desktop wishes. */
  constructor(driver, desktop, requests) {
    super(driver);
    this.#desktop = desktop;
    this.#requests = requests;
    this.keyboard = new Keyboard(driver);
    this.mouse = new Mouse(driver);
  }

  /** Runs a function with one argument, or a whole script, in the page. */
  evaluate(task, argument) {
    if (typeof task === 'string') return this.driver.run(task);
    return this.driver.run(`return (${task})(${literal(argument)});`);
  }

  title() {
    return this.driver.get('title');
  }

  content() {
    return this.driver.get('source');
  }

  goto(url) {
    return this.driver.post('url', { url });
  }

  /** Changes what the desktop wishes, and comes back when the page knows. */
  emulateMedia(wishes) {
    return this.#desktop.wish(this, wishes);
  }

  on(event, tell) {
    if (event !== 'request') throw new Error(`no test has listened to ${event} yet: add it`);
    this.#stops.push(this.#requests.listen((url) => tell({ url: () => url })));
  }

  /** Lets go of all that the test still holds. */
  async close() {
    for (const stop of this.#stops) stop();
    // A dialog that the test has failed for must not fail the next one too.
    await this.driver.post('alert/dismiss').catch(() => undefined);
    await this.driver.release();
  }

  /** What the browser has around the page, in pixels: `width` at the sides and `height` above. */
  async #frame() {
    const outer = await this.driver.get('window/rect');
    const inner = await this.#size();
    return { width: outer.width - inner.width, height: outer.height - inner.height };
  }

  #size() {
    return this.evaluate(() => ({ width: innerWidth, height: innerHeight }));
  }

  /** Makes the page itself so large, whatever the browser puts around it. */
  async setViewportSize({ width, height }) {
    const fits = (size) => size.width === width && size.height === height;
    let seen = await this.#size();
    if (fits(seen)) return;
    const frame = await this.#frame();
    await this.driver.post('window/rect', { x: 0, y: 0, width: width + frame.width, height: height + frame.height });
    const end = Date.now() + 10_000;
    do seen = await this.#size();
    while (!fits(seen) && Date.now() < end);
    if (!fits(seen)) throw new Error(`the page is ${seen.width} x ${seen.height}, not ${width} x ${height}`);
  }

  /** Of the screen, where the window stands in the corner: the driver's own picture may wait for ever. */
  async screenshot({ path }) {
    await this.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))));
    const { width, height } = await this.#size();
    const frame = await this.#frame();
    const part = `${width}x${height}+${frame.width / 2}+${frame.height}`;
    const { status, error } = spawnSync('import', ['-window', 'root', '-crop', part, '+repage', path]);
    if (status !== 0) throw new Error(`import (package imagemagick) takes no picture: ${error?.message ?? status}`);
  }
}
