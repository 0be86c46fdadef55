// Pictures of every screen, light and dark, in two sizes; each is checked for accessibility on the way.
import { assert, checkAccess, shoot, withPage } from './harness.mjs';

const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];
const FILLS = { empty: 'alerts=0&sources=0', clear: 'alerts=0', normal: 'alerts=300', full: 'alerts=100000' };

export const tests = {};

for (const colorScheme of ['light', 'dark']) {
  for (const viewport of SIZES) {
    const where = `${viewport.width}-${colorScheme}`;
    for (const [fill, query] of Object.entries(FILLS)) {
      tests[`looks ${fill} ${where}`] = ({ browser, base }) =>
        withPage(browser, base, { query, colorScheme, viewport }, async (page) => {
          if (fill === 'normal' || fill === 'full') {
            const row = page.getByTestId('alert-row').first();
            await row.waitFor();
            if (fill === 'full') await page.keyboard.press('j');
          } else await page.getByTestId(fill === 'empty' ? 'first-run' : 'alerts-all-clear').waitFor();
          await shoot(page, `alerts-${fill}-${where}`);
          await checkAccess(page, `alerts ${fill} ${where}`);
        });
    }
    tests[`looks panel ${where}`] = ({ browser, base }) =>
      withPage(browser, base, { colorScheme, viewport }, async (page) => {
        await page.getByTestId('alert-row').first().waitFor();
        for (const key of ['j', 'j', 'j', 'x', 'j', 'x', 'Enter']) await page.keyboard.press(key);
        await page.getByTestId('peek-title').waitFor();
        for (const tab of ['overview', 'payload', 'activity']) {
          await page.getByTestId(`peek-tab-${tab}`).click();
          await shoot(page, `panel-${tab}-${where}`);
          await checkAccess(page, `panel ${tab} ${where}`);
        }
      });
    tests[`looks dialogs ${where}`] = ({ browser, base }) =>
      withPage(browser, base, { colorScheme, viewport }, async (page) => {
        await page.getByTestId('alert-row').first().waitFor();
        await page.keyboard.press('j');
        for (const [key, name] of [
          ['e', 'close-dialog'],
          ['s', 'snooze-dialog'],
          ['n', 'note-dialog'],
          ['?', 'keys-sheet'],
        ]) {
          await page.keyboard.press(key);
          await page.getByTestId(name).waitFor();
          await shoot(page, `${name}-${where}`);
          await checkAccess(page, `${name} ${where}`);
          await page.keyboard.press('Escape');
          await page.getByTestId(name).waitFor({ state: 'detached' });
        }
        await page.keyboard.press('a');
        await page.getByTestId('toast').waitFor();
        await page.evaluate(() =>
          window.tocsinFake.trouble({
            listening: null,
            listenerProblem: 'Port 8787 is taken by another program. Close it, or choose another port in tocsin.toml.',
            notificationProblem: 'No notification service answers on this desktop. Start one, such as dunst.',
          }),
        );
        await page.getByTestId('banner-listener').waitFor();
        await shoot(page, `problems-${where}`);
        await checkAccess(page, `problems ${where}`);
      });
    tests[`looks sources ${where}`] = ({ browser, base }) =>
      withPage(browser, base, { colorScheme, viewport }, async (page) => {
        await page.keyboard.press('g');
        await page.keyboard.press('s');
        await page.getByTestId('quarantine-open').first().click();
        await page.getByTestId('quarantine-body').waitFor();
        await shoot(page, `sources-${where}`);
        await checkAccess(page, `sources ${where}`);
        await page.getByTestId('source-add').click();
        await page.getByTestId('kind-cloudevents').check({ force: true });
        await page.getByTestId('source-more').click();
        await shoot(page, `source-add-${where}`);
        await checkAccess(page, `source add ${where}`);
        await page.getByTestId('source-submit').click();
        await page.getByTestId('credentials').waitFor();
        await shoot(page, `source-added-${where}`);
        await checkAccess(page, `source added ${where}`);
      });
  }
}

tests['at 200 % zoom everything is reached without scrolling sideways'] = ({ browser, base }) =>
  withPage(browser, base, { viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 }, async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    const wide = () => page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    await shoot(page, 'zoom-alerts');
    assert(!(await wide()), 'the list is wider than the window');
    await page.keyboard.press('Enter');
    await page.getByTestId('peek-title').waitFor();
    await shoot(page, 'zoom-panel');
    assert(!(await wide()), 'the panel is wider than the window');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.getByTestId('source-detail').waitFor();
    await shoot(page, 'zoom-sources');
    assert(!(await wide()), 'the sources are wider than the window');
    await page.getByTestId('source-add').click();
    await shoot(page, 'zoom-add');
    await checkAccess(page, 'zoom');
  });
