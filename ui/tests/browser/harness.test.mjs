// What every other test leans on: that nothing bad can happen in a page without its test failing.
import { assert, expectSoon, withPage } from './harness.mjs';

/** Does it in a page, and gives what the harness has to say about that. */
async function told(browser, base, slip) {
  try {
    await withPage(browser, base, {}, slip);
  } catch (error) {
    return error.message;
  }
  return 'nothing';
}

const SLIPS = {
  'error: Error: planted|error: planted': (page) =>
    page.evaluate(
      () =>
        new Promise((done) => {
          addEventListener('error', () => done());
          setTimeout(() => {
            throw new Error('planted');
          });
        }),
    ),
  'error: planted refusal|error: Error: planted refusal': (page) =>
    page.evaluate(
      () =>
        new Promise((done) => {
          addEventListener('unhandledrejection', () => done());
          void Promise.reject(new Error('planted refusal'));
        }),
    ),
  'console: planted warning': (page) => page.evaluate(() => console.warn('planted warning')),
  'CSP violation: style-src': (page) =>
    page.evaluate(
      () =>
        new Promise((done) => {
          document.addEventListener('securitypolicyviolation', () => done());
          const style = document.createElement('style');
          style.textContent = 'p { color: red }';
          document.head.append(style);
        }),
    ),
  'CSP violation: img-src': (page) =>
    page.evaluate(
      () =>
        new Promise((done) => {
          document.addEventListener('securitypolicyviolation', () => done());
          new Image().src = 'http://elsewhere.invalid/picture';
        }),
    ),
  'request to http://elsewhere.invalid/': async (page) => {
    const left = new Promise((done) => {
      page.on('request', (request) => request.url().includes('elsewhere') && done());
    });
    await page.evaluate(() => void setTimeout(() => location.assign('http://elsewhere.invalid/')));
    await left;
  },
  'dialog: planted|a dialog opened|unexpected alert open': (page) => page.evaluate(() => alert('planted')),
};

export const tests = {
  'the harness: what must not happen in a page fails its test': async ({ browser, base }) => {
    for (const [wanted, slip] of Object.entries(SLIPS)) {
      const said = await told(browser, base, slip);
      assert(
        wanted.split('|').some((one) => said.includes(one)),
        `for “${wanted}” it said: ${said}`,
      );
    }
  },

  'the harness: it sees what is not there, not to be reached, and meant twice': ({ browser, base }) =>
    withPage(browser, base, {}, async (page) => {
      await page.getByTestId('alert-row').first().waitFor();
      assert((await page.getByTestId('there-is-none').count()) === 0, 'nothing is found');
      const twice = await page
        .getByTestId('alert-row')
        .textContent()
        .catch((error) => error.message);
      assert(/strict mode|where there should be one/.test(twice), `two are refused: ${twice}`);
      await page.keyboard.press('Control+k');
      await page.getByTestId('palette').waitFor();
      const covered = await page
        .getByTestId('alert-row')
        .first()
        .click({ timeout: 500 })
        .catch((error) => error.message);
      assert(/intercepts pointer events|lies over it/.test(covered), `what is covered cannot be clicked: ${covered}`);
      await page.keyboard.press('Escape');
      await expectSoon(() => page.getByTestId('palette').count(), 0, 'palette');
    }),
};
