// The screens around the rule studio, by keyboard: the list, drafts, import, the catalogue, why an alert came.
import { assert, checkAccess, expectSoon, withPage } from './harness.mjs';
import { paste } from './studio.mjs';

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const fake = (page, method, ...args) =>
  page.evaluate(([name, given]) => window.tocsinFake[name](...given), [method, args]);
const rows = (page) => page.getByTestId('rule-row');
const names = (page) => rows(page).evaluateAll((all) => all.map((row) => row.dataset.rule));
const row = (page, name) => page.locator(`[data-testid="rule-row"][data-rule="${name}"]`);
const toast = (page) =>
  page
    .getByTestId('toast')
    .last()
    .textContent()
    .then((text) => text.trim().replaceAll(/\s+/g, ' '));
const state = (page, name) =>
  row(page, name)
    .locator('[role="radio"][aria-checked="true"]')
    .textContent()
    .then((text) => text.trim());
/** What the engine has, not what is shown. */
const kept = (page, name) =>
  page.evaluate(async (wanted) => {
    const all = await window.tocsinFake.listRules();
    return all.find((one) => one.name === wanted)?.state ?? 'gone';
  }, name);

const BUSY = 'Exfiltration by one user';
const NOISY = 'Calls of pages that are not there';
const SIGN_IN = 'Sign-in failures in a row';

/** Opens the rules by keys alone and hands the page on. */
const on =
  (query, test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, { query, ...options }, async (page) => {
      await page.getByTestId('alerts-view').waitFor();
      await press(page, 'g', 'r');
      await page.getByTestId('rules-view').waitFor();
      await test(page);
    });

export const tests = {
  'rules: found, filtered and sorted by keys': on('', async (page) => {
    await rows(page).nth(7).waitFor();
    await press(page, '/');
    await page.keyboard.type('status failures');
    await expectSoon(() => rows(page).count(), 1, 'rules found by words of the sentence');
    await press(page, 'ArrowDown');
    await expectSoon(
      () => page.evaluate(() => document.activeElement?.textContent?.trim()),
      SIGN_IN,
      'the focus goes into the list',
    );
    await press(page, 'Escape');
    await expectSoon(() => rows(page).count(), 8, 'rules again');
    await page.getByTestId('rule-shown-attention').check({ force: true });
    await expectSoon(() => rows(page).count(), 4, 'rules to check');
    await checkAccess(page, 'rules filtered');
    await page.getByTestId('rule-shown-all').check({ force: true });
    await page.getByTestId('rule-sort-firings').click();
    await expectSoon(() => names(page).then((all) => all[0]), NOISY, 'the busiest is first');
    await page.getByTestId('rule-sort-firings').click();
    await expectSoon(() => names(page).then((all) => all.at(-1)), NOISY, 'the busiest is last');
  }),

  'rules: a switch saves at once and z takes it back': on('', async (page) => {
    await row(page, BUSY).waitFor();
    await press(page, 'j', 'j');
    await expectSoon(
      () => page.evaluate(() => document.activeElement?.textContent?.trim()),
      BUSY,
      'the focus follows j',
    );
    // Arrows move between the three and choose nothing.
    await page.keyboard.press('Shift+Tab');
    await press(page, 'ArrowLeft');
    assert((await kept(page, BUSY)) === 'live', 'an arrow alone switches nothing');
    await press(page, 'Space');
    await expectSoon(() => kept(page, BUSY), 'shadow', 'the state that is kept');
    await expectSoon(() => state(page, BUSY), 'Shadow', 'the state that is shown');
    assert((await toast(page)).startsWith(`Records only: “${BUSY}”`), await toast(page));
    await press(page, 'z');
    await expectSoon(() => kept(page, BUSY), 'live', 'the state after z');
    await expectSoon(() => state(page, BUSY), 'Live', 'the state shown after z');
  }),

  'rules: what is refused is said, and the switch stays': on('', async (page) => {
    await row(page, BUSY).waitFor();
    await page.evaluate(() => {
      const error = { code: 'unavailable', message: 'The store is locked.', field: null };
      window.tocsinFake.fail('setRuleState', error);
    });
    await row(page, BUSY).getByTestId('rule-state-off').click();
    await expectSoon(() => toast(page).then((text) => text.includes('The store is locked.')), true, 'said');
    assert((await state(page, BUSY)) === 'Live', 'it shows what is');
  }),

  'rules: many at once, removed and brought back': on('', async (page) => {
    await rows(page).nth(7).waitFor();
    await press(page, 'j', 'x', 'j', 'x');
    await page.getByTestId('rules-bulk').waitFor();
    await checkAccess(page, 'rules selected');
    await press(page, '1');
    await expectSoon(() => kept(page, NOISY), 'off', 'the first');
    await expectSoon(() => kept(page, BUSY), 'off', 'the second');
    assert((await toast(page)).includes('2 rules'), await toast(page));
    await press(page, 'e');
    await expectSoon(() => toast(page).then((text) => text.startsWith('Exported 2 rules')), true, 'exported');
    await press(page, 'Delete');
    await expectSoon(() => rows(page).count(), 6, 'rules left');
    await press(page, 'z');
    await expectSoon(() => rows(page).count(), 8, 'rules after z');
    await press(page, 'z');
    await expectSoon(() => kept(page, BUSY), 'live', 'state after a second z');
  }),

  'rules: promoting a version that waits says so': on('', async (page) => {
    await row(page, SIGN_IN).getByTestId('rule-mark-waits').waitFor();
    await page.getByTestId('rule-search').fill('failures in');
    await press(page, 'Enter');
    await press(page, 'm');
    await page.getByTestId('rule-menu-lines').waitFor();
    await page.getByTestId('rule-menu-lines').getByText('Promote version 2').click();
    await expectSoon(
      () => toast(page).then((text) => text.includes('Version 2 of “Sign-in failures in a row” takes the place')),
      true,
      'said',
    );
    await expectSoon(() => page.getByTestId('rule-mark-waits').count(), 0, 'marks left');
  }),

  'rules: Enter opens the studio, c begins a rule, d a copy': on('', async (page) => {
    await row(page, BUSY).waitFor();
    await press(page, 'j', 'j', 'Enter');
    await page.getByTestId('sentence').waitFor();
    await press(page, 'g', 'r');
    await row(page, BUSY).waitFor();
    await press(page, 'j', 'd');
    await page.getByTestId('sentence').waitFor();
    // The name has the focus: what is typed goes there.
    await page.getByTestId('nav-rules').click();
    await page.getByTestId('rule-draft').first().waitFor();
    assert((await page.getByTestId('rule-draft').first().textContent()).includes('copy'), 'the copy is a draft');
    await page.getByTestId('draft-discard').first().click();
    await expectSoon(() => page.getByTestId('rule-draft').count(), 0, 'drafts left');
    await press(page, 'z');
    await expectSoon(() => page.getByTestId('rule-draft').count(), 1, 'drafts after z');
    await page.getByTestId('draft-resume').click();
    await page.getByTestId('sentence').waitFor();
  }),

  'rules: pasted rules are checked, then added, then taken back': on('', async (page) => {
    await row(page, BUSY).waitFor();
    const good = 'name: Pasted\nconditions: [{type: hostname, values: [a.example]}]\n';
    const wrong = 'name: Wrong\nconditions: [{type: host, values: []}]\n';
    const same = `name: ${BUSY}\nconditions: [{type: hostname, values: [b.example]}]\n`;
    await paste(page, [good, wrong, same].join('---\n'));
    await page.getByTestId('import-rule').nth(2).waitFor();
    const does = await page.getByTestId('import-rule').evaluateAll((all) => all.map((one) => one.dataset.does));
    assert(does.join() === 'new,wrong,replaces', `${does}`);
    assert(
      (await page.getByTestId('import-list').textContent()).includes('did you mean “hostname”'),
      'says what is wrong',
    );
    await checkAccess(page, 'rules import');
    await page.getByTestId('import-add').click();
    await page.getByTestId('rules-import').waitFor({ state: 'detached' });
    await expectSoon(() => kept(page, 'Pasted'), 'shadow', 'new rules begin in shadow');
    await row(page, BUSY).getByTestId('rule-mark-waits').waitFor();
    await press(page, 'z');
    await expectSoon(() => kept(page, 'Pasted'), 'gone', 'after z');
    await expectSoon(() => row(page, BUSY).getByTestId('rule-mark-waits').count(), 0, 'versions that wait after z');
  }),

  'rules: none yet leads to the catalogue, which adds in shadow': on('rules=0', async (page) => {
    await page.getByTestId('rules-empty').waitFor();
    await checkAccess(page, 'rules empty');
    await page.getByTestId('empty-catalogue').focus();
    await press(page, 'Enter');
    const card = page.getByTestId('template').nth(0);
    await expectSoon(
      () =>
        card
          .getByTestId('template-tried')
          .textContent()
          .then((text) => /Would have fired \d+ times/.test(text)),
      true,
      'it was tried',
    );
    await checkAccess(page, 'catalogue');
    await card.getByTestId('template-add').focus();
    await press(page, 'Enter');
    await card.getByTestId('template-added').waitFor();
    assert((await kept(page, 'Bypass Activity')) === 'shadow', 'it is in shadow');
    // What only its user knows is asked for.
    const asks = page.locator('[data-template="shield/unmasked-data"]');
    await asks.getByTestId('template-add').click();
    await asks.getByRole('alert').waitFor();
    assert((await kept(page, 'HIPAA Data Leakage')) === 'gone', 'nothing is added with an example');
    await asks.getByTestId('template-place').fill('phi');
    await asks.getByTestId('template-add').click();
    await asks.getByTestId('template-added').waitFor();
    await press(page, 'z');
    await expectSoon(() => kept(page, 'HIPAA Data Leakage'), 'gone', 'after z');
    await press(page, 'Escape');
    await expectSoon(() => rows(page).count(), 1, 'rules in the list');
  }),

  'rules: five hundred scroll with few of them drawn': on('rules=500', async (page) => {
    await rows(page).first().waitFor();
    assert((await rows(page).count()) < 60, 'only what is seen is in the page');
    const [first] = await names(page);
    await press(page, 'End');
    await expectSoon(
      () => page.evaluate(() => document.activeElement?.closest('[role="row"]')?.getAttribute('aria-rowindex')),
      '501',
      'the row at the end has the focus',
    );
    await press(page, 'Home');
    await expectSoon(() => page.evaluate(() => document.activeElement?.textContent?.trim()), first, 'the first again');
    await page.getByTestId('rule-rows').evaluate((box) => box.scrollTo(0, 20_000));
    const inView = () =>
      page.getByTestId('rule-rows').evaluate((box) => {
        const edge = box.getBoundingClientRect();
        const drawn = [...box.querySelectorAll('[role="row"]')].map((one) => one.getBoundingClientRect());
        const [top, bottom] = [Math.min(...drawn.map((one) => one.top)), Math.max(...drawn.map((one) => one.bottom))];
        return top <= edge.top && bottom >= edge.bottom;
      });
    await expectSoon(inView, true, 'rows fill the window');
  }),

  'rules: the palette goes to a rule, and to the catalogue': ({ browser, base }) =>
    withPage(browser, base, {}, async (page) => {
      await page.getByTestId('alerts-view').waitFor();
      await expectSoon(() => fake(page, 'listRules').then((all) => all.length), 8, 'rules');
      await press(page, 'Control+k');
      await page.keyboard.type('exfiltration by');
      await page.getByTestId(`palette-rule-${BUSY}`).waitFor();
      await press(page, 'Enter');
      await page.getByTestId('sentence').waitFor();
      await press(page, 'Control+k');
      await page.keyboard.type('catalogue of');
      await press(page, 'Enter');
      await page.getByTestId('catalogue').waitFor();
    }),

  'why: what the rule saw, and an edit that loses something asks twice': ({ browser, base }) =>
    withPage(browser, base, { query: 'fired=12&alerts=40' }, async (page) => {
      await page.getByTestId('alert-row').first().waitFor();
      await press(page, '/');
      await page.keyboard.type('origin:rule');
      await press(page, 'Enter');
      await page.getByTestId('alert-row').getByText(BUSY).first().click();
      await page.getByTestId('peek-title').waitFor();
      await press(page, 'w');
      await page.getByTestId('why-value').waitFor();
      assert((await page.getByTestId('why-value').textContent()).includes('at least 4'), 'the threshold is said');
      await expectSoon(
        () =>
          page
            .getByTestId('why-sentence')
            .textContent()
            .then((text) => text.includes('at least 4 events')),
        true,
        'the sentence',
      );
      await page.getByTestId('why-weigh').click();
      await page.getByTestId('why-edit').first().waitFor();
      await checkAccess(page, 'why');
      const losing = page.locator('[data-testid="why-edit"]:not([data-loses="0"])').first();
      await losing.getByTestId('why-edit-open').click();
      assert((await page.getByTestId('sentence').count()) === 0, 'the first click opens nothing');
      await losing.getByTestId('why-edit-open').click();
      await page.getByTestId('sentence').waitFor();
      await expectSoon(
        () => page.evaluate(() => window.tocsinFake.listDrafts().then((all) => all.length)),
        1,
        'drafts',
      );
    }),

  'why: r makes a rule of an alert': ({ browser, base }) =>
    withPage(browser, base, {}, async (page) => {
      await page.getByTestId('alert-row').first().waitFor();
      await press(page, 'j', 'r');
      await page.getByTestId('sentence').waitFor();
      const said = await page.getByTestId('sentence').textContent();
      assert(said.includes('severity is'), said);
    }),
};
