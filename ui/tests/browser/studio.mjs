// What the tests of the rule studio share: a test begins on a rule in it, and speaks as its user does.
import { expectSoon, withPage } from './harness.mjs';

export const LIVE = 'Exfiltration by one user';
export const fake = (page, method, ...args) =>
  page.evaluate(([name, given]) => window.tocsinFake[name](...given), [method, args]);
export const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
export const type = (page, text) => page.keyboard.type(text);
export const text = (page, id) => page.getByTestId(id).textContent();
export const sentence = (page) => text(page, 'sentence');
export const settled = (page) =>
  expectSoon(() => page.getByTestId('strip').getAttribute('data-provisional'), 'false', 'numbers');
export const document_ = async (page, name) => JSON.parse((await fake(page, 'getRule', name)).row.document);

/** A test on a rule in the studio; without a name on a new one. */
export const inStudio =
  (name, test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, options, async (page) => {
      await page.getByTestId('alert-row').first().waitFor();
      await press(page, 'g', 'r');
      if (name === null) await page.getByTestId('rule-new').first().click();
      else await page.getByTestId('rule-open').filter({ hasText: name }).first().click();
      await page.getByTestId('studio').waitFor();
      if (name !== null) {
        await page.getByTestId('effect').waitFor();
        await settled(page);
      }
      await test(page);
    });

/** Writes a condition, from anywhere in the studio: its field, then what comes next. */
export async function condition(page, field, at) {
  await press(page, 'c');
  await expectSoon(() => page.evaluate(() => document.activeElement?.dataset.testid), `condition-${at}-field`, 'focus');
  await type(page, field);
  await press(page, 'Enter');
}

/** As a person pastes: the clipboard's text arrives at the window. */
export const paste = (page, text) =>
  page.evaluate((copied) => {
    const data = new DataTransfer();
    data.setData('text/plain', copied);
    document.body.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
