// A page per test, watched for what must never happen: a CSP violation, an error, a request elsewhere. The same for
// every engine: what they do each in their own way is in chromium.mjs and webkit/.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from './server.mjs';

export const ENGINES = { chromium: './chromium.mjs', webkit: './webkit/engine.mjs' };
export const screenshots = process.env.SCREENSHOTS ?? new URL('../../target-screenshots', import.meta.url).pathname;

const AXE = readFileSync(new URL(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
/** Which pictures this engine keeps, and under which name. */
let pictureName;

/** Serves the built app and starts a browser for it: `{ browser, base, close }`. */
export async function launch(name) {
  mkdirSync(screenshots, { recursive: true });
  const engine = await import(ENGINES[name]);
  pictureName = engine.pictureName;
  const server = await serve(fileURLToPath(new URL('../../dist-fake', import.meta.url)), engine.scripts);
  const browser = await engine.launch(server);
  const close = async () => {
    await browser.close();
    server.close();
  };
  return { browser, base: server.url, close };
}

/** Opens the app and hands the page to `test`; afterwards nothing bad may have happened in it. */
export async function withPage(browser, base, options, test) {
  const usual = { query: '', colorScheme: 'light', viewport: { width: 1280, height: 800 } };
  const { page, problems, close } = await browser.open(base, { ...usual, ...options });
  try {
    await page.getByTestId('status-version').waitFor();
    await test(page);
    const seen = new Set(await problems());
    if (seen.size > 0) throw new Error([...seen].join('\n'));
  } finally {
    await close();
  }
}

/** Takes a picture; `name` is `screen--variant`, as the report groups them. */
export async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  const file = pictureName(name);
  if (file !== undefined) await page.screenshot({ path: join(screenshots, `${file}.png`) });
}

/** Fails on any serious or critical accessibility problem; `rules` are axe's names of those to look at, or all. */
export async function checkAccess(page, where, rules = undefined) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  const bad = await page.evaluate(async (only) => {
    const { violations } = await window.axe.run(document, {
      ...(only && { runOnly: { type: 'rule', values: only } }),
      resultTypes: ['violations'],
    });
    return violations
      .filter((one) => one.impact === 'serious' || one.impact === 'critical')
      .map(({ id, help, nodes }) => ({
        id,
        help,
        nodes: nodes.slice(0, 4).map(({ html, failureSummary }) => ({ html, failureSummary })),
      }));
  }, rules);
  if (bad.length === 0) return;
  const lines = bad.map(({ id, help, nodes }) => {
    const places = nodes.map((node) => `    ${node.html.slice(0, 160)}\n      ${node.failureSummary}`);
    return `  ${id}: ${help}\n${places.join('\n')}`;
  });
  throw new Error(`${where}:\n${lines.join('\n')}`);
}

/** The same for colours alone: nothing else is another in another theme. */
export const checkColours = (page, where) => checkAccess(page, where, ['color-contrast']);

/** Puts a theme on as the settings do, without leaving the screen to choose it there. */
export const wear = (page, theme) =>
  page.evaluate((name) => {
    document.documentElement.dataset.theme = name;
  }, theme);

export function assert(condition, message) {
  if (!condition) throw new Error(message);
}

/** Waits until `read` answers what is wanted; says what it answered otherwise. */
export async function expectSoon(read, wanted, what) {
  const until = Date.now() + 5_000;
  let seen;
  do {
    seen = await read();
    if (seen === wanted) return;
    await new Promise((done) => setImmediate(done));
  } while (Date.now() < until);
  throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(seen)}`);
}
