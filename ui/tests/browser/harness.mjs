// A page per test, watched for what must never happen: a CSP violation, an error, a request elsewhere.
import { AxeBuilder } from '@axe-core/playwright';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export const screenshots = process.env.SCREENSHOTS ?? new URL('../../target-screenshots', import.meta.url).pathname;

export async function launch() {
  mkdirSync(screenshots, { recursive: true });
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
}

/** Opens the app and hands the page to `test`; afterwards nothing bad may have happened in it. */
export async function withPage(browser, base, options, test) {
  const { query = '', colorScheme = 'light', viewport = { width: 1280, height: 800 }, ...context } = options;
  const opened = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce', ...context });
  const problems = [];
  try {
    const page = await opened.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(base)) problems.push(`request to ${request.url()}`);
    });
    await page.exposeFunction('reportViolation', (text) => problems.push(`CSP violation: ${text}`));
    await page.addInitScript(() => {
      // As the window does (freezePrototype).
      Object.freeze(Object.prototype);
      document.addEventListener('securitypolicyviolation', (event) =>
        window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
    await page.goto(`${base}/?${query}`);
    await page.getByTestId('status-version').waitFor();
    await test(page);
  } finally {
    await opened.close();
  }
  if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
}

/** Takes a picture; `name` is `screen--variant`, as the report groups them. */
export async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** Fails on any serious or critical accessibility problem. */
export async function checkAccess(page, where, axe = new AxeBuilder({ page })) {
  const { violations } = await axe.analyze();
  const bad = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical');
  if (bad.length === 0) return;
  const lines = bad.map((one) => {
    const nodes = one.nodes.slice(0, 4).map((node) => `    ${node.html.slice(0, 160)}\n      ${node.failureSummary}`);
    return `  ${one.id}: ${one.help}\n${nodes.join('\n')}`;
  });
  throw new Error(`${where}:\n${lines.join('\n')}`);
}

/** The same for colours alone: nothing else is another in another theme. */
export const checkColours = (page, where) =>
  checkAccess(page, where, new AxeBuilder({ page }).withRules(['color-contrast']));

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
