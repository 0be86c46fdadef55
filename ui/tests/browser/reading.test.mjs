// Reading and acting: the table, its menus, bulk actions, the panel and whom it concerns, by keyboard and pointer.
import { assert, checkAccess, expectSoon, shoot, withPage } from './harness.mjs';

const rows = (page) => page.getByTestId('alert-row');
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const says = (locator, text) =>
  expectSoon(async () => ((await locator.textContent()) ?? '').includes(text), true, `“${text}”`);
const heads = (page) => page.locator('[data-column]').evaluateAll((all) => all.map((one) => one.dataset.column));
const onList =
  (test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, options, async (page) => {
      await rows(page).first().waitFor();
      await test(page);
    });

export const tests = {
  'columns: chosen, moved and sized by keyboard and pointer': onList(
    async (page) => {
      await page.getByTestId('columns').click();
      await page.getByTestId('menu-category').click();
      await shoot(page, 'columns-menu');
      await checkAccess(page, 'columns menu');
      await press(page, 'Escape');
      await expectSoon(async () => (await heads(page)).includes('category'), true, 'category is shown');
      const before = await heads(page);
      await page.getByTestId('sort-time').focus();
      await press(page, 'Alt+ArrowLeft');
      await expectSoon(
        async () => (await heads(page)).indexOf('time'),
        before.indexOf('time') - 1,
        'place of the time',
      );
      const width = () => page.locator('[data-column="source"]').evaluate((one) => Math.round(one.clientWidth));
      const narrow = await width();
      await page.getByTestId('sort-source').focus();
      await press(page, 'Shift+ArrowRight', 'Shift+ArrowRight');
      await expectSoon(width, narrow + 32, 'width by keys');
      const box = await page.getByTestId('size-source').boundingBox();
      await page.mouse.move(box.x + 6, box.y + 10);
      await page.mouse.down();
      await page.mouse.move(box.x + 46, box.y + 10, { steps: 4 });
      await page.mouse.up();
      await expectSoon(width, narrow + 72, 'width by pointer');
      const from = await page.getByTestId('sort-severity').boundingBox();
      const to = await page.locator('[data-column="source"]').boundingBox();
      await page.mouse.move(from.x + 10, from.y + 8);
      await page.mouse.down();
      await page.mouse.move(to.x + 30, to.y + 8, { steps: 6 });
      await page.mouse.up();
      await expectSoon(async () => (await heads(page)).indexOf('severity') > 0, true, 'severity was carried away');
      assert(
        (await page.locator('[aria-sort="descending"]').getAttribute('data-column')) === 'time',
        'a drag does not sort',
      );
    },
    { viewport: { width: 1920, height: 1080 } },
  ),

  'every column that can be sorted by is, both ways': onList(
    async (page) => {
      for (const word of ['title', 'status', 'source', 'alertType', 'severity', 'time']) {
        const head = page.locator(`[data-column="${word}"]`);
        await page.getByTestId(`sort-${word}`).click();
        const first = await head.getAttribute('aria-sort');
        await page.getByTestId(`sort-${word}`).click();
        const second = await head.getAttribute('aria-sort');
        assert(new Set([first, second, 'none']).size === 3, `${word}: ${first}, then ${second}`);
      }
    },
    { viewport: { width: 1920, height: 1080 } },
  ),

  'a value filters in and out from its menu, by pointer and by keys': onList(async (page) => {
    const word = (await page.locator('.cell.severity .word').first().textContent()) ?? '';
    await page.locator('[data-cell="severity"]').first().click({ button: 'right' });
    await page.getByTestId('menu-only').click();
    const shown = async () => [...new Set(await page.locator('.cell.severity .word').allTextContents())].join();
    await expectSoon(shown, word, 'severities shown');
    await press(page, 'Home', 'ArrowRight', 'Shift+F10');
    await page.getByTestId('alert-menu').waitFor();
    await checkAccess(page, 'menu');
    await press(page, 'ArrowDown', 'Enter');
    await expectSoon(async () => (await shown()).includes(word), false, 'the value is hidden');
    await press(page, 'm');
    await page.getByTestId('menu-hide').waitFor();
    await press(page, 'Escape');
  }),

  'a key shows whom the alert is about, and back again': onList(async (page) => {
    await press(page, 'i');
    await page.getByTestId('entity-content').waitFor();
    await press(page, 'Escape');
    await says(
      page.getByTestId('peek-title'),
      (await rows(page).first().getByTestId('alert-title').textContent()).trim(),
    );
  }),

  'all that match are closed and brought back, honestly counted': onList(
    async (page) => {
      const open = () => page.getByTestId('match-count').textContent();
      await expectSoon(async () => /alerts/.test((await open()) ?? ''), true, 'the count is there');
      const before = await open();
      await press(page, 'Control+a');
      await says(page.getByTestId('selection-bar'), 'All 200 shown are selected');
      await page.getByTestId('select-everything').click();
      await says(page.getByTestId('selection-bar'), 'that match are selected');
      await shoot(page, 'all-matching');
      await checkAccess(page, 'all matching');
      await press(page, 'e', '2');
      const number = (before ?? '').trim().split(' ')[0];
      await says(page.getByTestId('toast').last(), `Closed ${number} alerts as benign`);
      await page.getByTestId('alerts-all-clear').waitFor();
      await press(page, 'Control+z');
      await rows(page).first().waitFor();
      await expectSoon(open, before, 'as before');
    },
    { query: 'alerts=3000' },
  ),

  'what is looked at is no longer marked': onList(async (page) => {
    const unseen = () => page.locator('[data-seen="false"]').count();
    const before = await unseen();
    assert(before > 2, `some are not seen: ${before}`);
    await press(page, 'j', 'Enter');
    await expectSoon(unseen, before - 1, 'the opened one is seen');
    await press(page, 'Escape', 'j');
    await expectSoon(unseen, before - 2, 'the one rested on is seen');
  }),

  'whom it concerns: there, on, back, forward, and out': onList(async (page) => {
    await press(page, 'j', 'Enter');
    const link = page.getByTestId('entity-link').first();
    const name = (await link.textContent()) ?? '';
    await link.focus();
    await press(page, 'Enter');
    await page.getByTestId('entity-content').waitFor();
    assert((await page.getByTestId('entity-value').textContent()) === name, 'it is the one that was clicked');
    await shoot(page, 'entity');
    await checkAccess(page, 'entity');
    await page.getByTestId('entity-content').getByTestId('entity-link').first().click();
    await expectSoon(async () => (await page.getByTestId('entity-value').textContent()) === name, false, 'another one');
    await press(page, 'Alt+ArrowLeft');
    await expectSoon(() => page.getByTestId('entity-value').textContent(), name, 'back');
    await press(page, 'Alt+ArrowRight');
    await expectSoon(async () => (await page.getByTestId('entity-value').textContent()) === name, false, 'forward');
    await page.getByTestId('alert-line').first().click();
    await page.getByTestId('peek-title').waitFor();
    await press(page, 'Alt+ArrowLeft');
    await page.getByTestId('entity-content').waitFor();
    await page.getByTestId('entity-list').click();
    await page.getByTestId('entity-close').click();
    await page.getByTestId('peek-title').waitFor();
    await press(page, 'Escape');
    await page.getByTestId('side').waitFor({ state: 'detached' });
  }),

  'the payload is searched, folded and copied from': onList(async (page) => {
    await press(page, 'j', 'Enter');
    await page.getByTestId('peek-tab-payload').click();
    await page.getByTestId('payload-search').fill('e');
    await says(page.getByTestId('payload-hits'), '1 of ');
    await press(page, 'Enter');
    await says(page.getByTestId('payload-hits'), '2 of ');
    await page.locator('[role="treeitem"]').nth(1).focus();
    await press(page, 'Enter');
    await page.getByTestId('menu-copy-path').waitFor();
    await shoot(page, 'payload-menu');
    await press(page, 'Escape', 'Home', 'ArrowLeft');
    await expectSoon(() => page.locator('[role="treeitem"]').count(), 1, 'all is folded');
    await checkAccess(page, 'payload');
  }),

  'what was done last time is done again with one key less': onList(async (page) => {
    await press(page, 'j', 'Enter');
    await page.getByTestId('same-again').waitFor();
    await page.getByTestId('peek-tab-similar').click();
    await shoot(page, 'similar');
    await checkAccess(page, 'similar');
    await page.getByTestId('same-again').click();
    await says(page.getByTestId('toast').last(), '1 alert');
  }),

  'a range grows and shrinks with Shift': onList(async (page) => {
    await press(page, 'j', 'Shift+J', 'Shift+ArrowDown', 'Shift+ArrowDown');
    await says(page.getByTestId('selection-bar'), '4 selected');
    await press(page, 'Shift+ArrowUp', 'Shift+K');
    await says(page.getByTestId('selection-bar'), '2 selected');
  }),

  'snoozed for a time of one’s own': onList(async (page) => {
    await press(page, 'j', 's', '5');
    await page.keyboard.type('90');
    await page.getByTestId('snooze-unit').selectOption('m');
    await page.getByTestId('snooze-own').click();
    await says(page.getByTestId('toast').last(), 'Snoozed 1 alert for 90 min');
  }),

  'one line a row': onList(
    async (page) => {
      await page.evaluate(async () => {
        const settings = await window.tocsinFake.getSettings();
        await window.tocsinFake.setSettings({ ...settings, density: 'compact' });
      });
      await page.locator('.row.compact').first().waitFor();
      await press(page, 'j', 'j');
      await shoot(page, 'compact');
      const height = await rows(page)
        .first()
        .evaluate((row) => row.offsetHeight);
      assert(height === 33, `a row is ${height} px high`);
    },
    { viewport: { width: 1920, height: 1080 }, colorScheme: 'dark' },
  ),
};
