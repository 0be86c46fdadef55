// Rules as text: copied from the list and the studio, and pasted back.
import { assert, checkAccess, expectSoon } from './harness.mjs';
import { inStudio, LIVE, paste, press, text } from './studio.mjs';

/** The clipboard of the page, where its text can be read again. */
const clipboard = (page) =>
  page.evaluate(() => {
    const writeText = async (copied) => void (window.copied = copied);
    Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
  });
const copied = (page) => page.evaluate(() => window.copied ?? '');
export const tests = {
  'rules are copied as YAML and as JSON, and pasted back as they were': inStudio(LIVE, async (page) => {
    await clipboard(page);
    await press(page, 'y');
    await page.getByTestId('copy-yaml').click();
    await expectSoon(() => copied(page), await page.getByTestId('rule-text').inputValue(), 'the text');
    await page.getByTestId('copy-json').click();
    await expectSoon(async () => (await copied(page)).startsWith('{\n  "name"'), true, 'the document');
    await press(page, 'Escape', 'Escape');
    await page.getByTestId('rule-table').waitFor();
    const many = await page.getByTestId('rule-open').count();
    for (const [format, words] of [
      ['yaml', 'YAML'],
      ['json', 'JSON'],
    ]) {
      await page.getByTestId('rule-export').focus();
      await press(page, 'Enter');
      await page.getByTestId('rule-export-menu').waitFor();
      await checkAccess(page, 'export menu');
      await page.getByTestId(`menu-copy-${format}`).click();
      await expectSoon(
        async () => (await page.getByTestId('toast').last().textContent()).includes(`Copied ${many} rules as ${words}`),
        true,
        'it is said',
      );
      await paste(page, await copied(page));
      await page.getByTestId('rules-import').waitFor();
      await page
        .getByTestId('import-rule')
        .nth(many - 1)
        .waitFor();
      const does = await page.getByTestId('import-rule').evaluateAll((all) => all.map((one) => one.dataset.does));
      assert(new Set(does).size === 1 && does.length === many, `${format}: ${does}`);
      assert(!(await text(page, 'import-list')).includes('There is no'), await text(page, 'import-list'));
      await press(page, 'Escape');
      await page.getByTestId('rules-import').waitFor({ state: 'detached' });
    }
  }),
};
