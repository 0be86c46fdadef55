// Debian's Chromium, with a fresh profile for each page.
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

/** Nothing is put into the page by its server: Playwright does that. */
export const scripts = [];
export const pictureName = (name) => name;

export async function launch() {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS,
    ignoreDefaultArgs: ['--hide-scrollbars'],
  });
  return {
    /** Opens the app as a page of its own. `problems` says what must not have happened, and did. */
    async open(base, { query, ...context }) {
      const opened = await browser.newContext({ ...context, reducedMotion: 'reduce' });
      const problems = [];
      try {
        const page = await opened.newPage();
        await watch(page, base, problems);
        await page.goto(`${base}/?${query}`);
        // What has happened is told in order, so what was said before this answer is here by then. A page that has
        // gone elsewhere does not answer, and has said so.
        const last = () => page.evaluate(() => new Promise((done) => setTimeout(done))).catch(() => undefined);
        const told = async () => {
          await last();
          await opened.close();
          return problems;
        };
        return { page, problems: told, close: () => opened.close() };
      } catch (error) {
        await opened.close();
        throw error;
      }
    },
    close: () => browser.close(),
  };
}

async function watch(page, base, problems) {
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(base)) problems.push(`request to ${request.url()}`);
  });
  page.on('dialog', (dialog) => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('reportViolation', (text) => problems.push(`CSP violation: ${text}`));
  await page.addInitScript(() => {
    // As the window does (freezePrototype).
    Object.freeze(Object.prototype);
    document.addEventListener('securitypolicyviolation', (event) =>
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
}
