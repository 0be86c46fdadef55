// What people do, by keyboard alone, and what must hold while the store changes under them.
import { assert, checkAccess, expectSoon, shoot, withPage } from './harness.mjs';

const rows = (page) => page.getByTestId('alert-row');
const ids = (page) => rows(page).evaluateAll((nodes) => nodes.map((node) => node.dataset.alertId));
const cursorId = (page) =>
  page.evaluate(() => document.querySelector('[data-testid="alert-row"].cursor')?.dataset.alertId);
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const fake = (page, method, ...args) =>
  page.evaluate(([name, given]) => window.tocsinFake[name](...given), [method, args]);
/** A value of a facet. */
const pick = (page, field, value) => page.locator(`[data-testid="facet-${field}"] [data-value="${value}"] .value`);
const toast = (page) => page.getByTestId('toast').last();

/** A test on a page with the list drawn. */
const onList =
  (test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, options, async (page) => {
      await rows(page).first().waitFor();
      await test(page);
    });

export const tests = {
  'a new alert appears at the top by itself': onList(async (page) => {
    const before = (await ids(page))[0];
    const [added] = await fake(page, 'deliver', 1, { title: 'Just in' });
    await expectSoon(async () => (await ids(page))[0], added, 'first row');
    assert((await ids(page))[1] === before, 'the others moved down by one');
    const [second] = await fake(page, 'deliver', 1);
    await expectSoon(async () => (await ids(page))[0], second, 'first row');
  }),

  'what is read does not move: new alerts wait behind a pill': onList(async (page) => {
    await press(page, 'j', 'j', 'j');
    const before = await ids(page);
    await fake(page, 'deliver', 7);
    await page.getByTestId('new-pill').waitFor();
    assert((await page.getByTestId('new-pill').textContent()).includes('7 new alerts'), 'the pill counts them');
    assert((await ids(page)).join() === before.join(), 'no row moved');
    const cursor = await cursorId(page);
    await press(page, '.');
    await page.getByTestId('new-pill').waitFor({ state: 'detached' });
    await expectSoon(async () => (await ids(page))[7], before[0], 'the old first row is the eighth');
    assert((await cursorId(page)) === cursor, 'the cursor stays on its alert');
  }),

  'a row that leaves the view goes, and the cursor keeps its place': onList(async (page) => {
    await press(page, 'j', 'j', 'j');
    const before = await ids(page);
    await fake(page, 'change', before[2], { status: 'closed', closeReason: 'source-resolved' });
    await expectSoon(async () => (await ids(page)).includes(before[2]), false, 'the closed row is there');
    assert((await cursorId(page)) === before[3], 'the cursor is on the row that took its place');
  }),

  'a change elsewhere shows in its row without a reload': onList(async (page) => {
    const [first] = await ids(page);
    await fake(page, 'change', first, { status: 'acknowledged' });
    await expectSoon(() => rows(page).first().getAttribute('data-status'), 'acknowledged', 'status');
  }),

  'close with a reason, then undo': onList(async (page) => {
    await press(page, 'j');
    const [first, next] = await ids(page);
    await press(page, 'e', '3');
    await expectSoon(
      () =>
        toast(page)
          .textContent()
          .then((text) => text.includes('Closed 1 alert as false positive')),
      true,
      'toast',
    );
    await expectSoon(async () => (await ids(page))[0], next, 'first row');
    await press(page, 'z');
    await expectSoon(async () => (await ids(page))[0], first, 'first row after undo');
  }),

  'the toast undoes by click, and says who was refused': onList(async (page) => {
    await press(page, 'j', 'a');
    await page.getByTestId('toast-undo').click();
    await expectSoon(() => rows(page).first().getAttribute('data-status'), 'new', 'status');
    await page.getByTestId('view-all').click();
    await pick(page, 'status', 'closed').click();
    await expectSoon(() => rows(page).first().getAttribute('data-status'), 'closed', 'closed ones');
    await page.getByTestId('alert-table').focus();
    await press(page, 'j', 'a');
    await expectSoon(
      () =>
        toast(page)
          .textContent()
          .then((text) => text.includes('reopen it first')),
      true,
      'refusal',
    );
  }),

  'select, range, all; act on the selection': onList(async (page) => {
    await press(page, 'j', 'x', 'j', 'x');
    await rows(page)
      .nth(5)
      .locator('.check')
      .click({ modifiers: ['Shift'] });
    await expectSoon(
      () =>
        page
          .getByTestId('selection-bar')
          .textContent()
          .then((text) => text.includes('6 selected')),
      true,
      'bar',
    );
    await press(page, 's');
    await page.getByTestId('snooze-dialog').waitFor();
    await press(page, '3');
    await expectSoon(
      () =>
        toast(page)
          .textContent()
          .then((text) => text.includes('Snoozed 6 alerts for ')),
      true,
      'toast',
    );
    await page.getByTestId('selection-bar').waitFor({ state: 'detached' });
    await press(page, 'Control+a');
    await expectSoon(
      () =>
        page
          .getByTestId('selection-bar')
          .textContent()
          .then((text) => /1\d\d selected/.test(text)),
      true,
      'bar',
    );
    await press(page, 'Escape');
    await page.getByTestId('selection-bar').waitFor({ state: 'detached' });
  }),

  'the panel follows the cursor, scrolls, and closes': onList(async (page) => {
    await press(page, 'j', 'Enter');
    await page.getByTestId('peek-title').waitFor();
    const shown = () => page.getByTestId('peek').getAttribute('data-alert-id');
    const all = await ids(page);
    assert((await shown()) === all[0], 'the first alert is shown');
    // The arrows scroll the panel, which has the focus; j goes on in the list.
    await press(page, 'j', 'j');
    await expectSoon(shown, all[2], 'alert shown');
    await page.getByTestId('peek-tab-overview').focus();
    await press(page, 'ArrowRight', 'ArrowRight', 'ArrowRight');
    await page.getByTestId('payload').waitFor();
    await press(page, 'k');
    await expectSoon(shown, all[1], 'alert shown');
    await page.getByTestId('payload').waitFor();
    await press(page, 'Escape');
    await page.getByTestId('peek').waitFor({ state: 'detached' });
  }),

  'an action in the panel goes on with the next alert': onList(async (page) => {
    await press(page, 'j', 'Enter');
    const all = await ids(page);
    await page.getByTestId('peek-close').click();
    await page.getByTestId('close-benign').click();
    await expectSoon(() => page.getByTestId('peek').getAttribute('data-alert-id'), all[1], 'alert shown');
  }),

  'a clicked notification opens its alert': onList(async (page) => {
    await press(page, 'g', 's');
    await fake(page, 'click', '250');
    await expectSoon(() => page.getByTestId('peek').getAttribute('data-alert-id'), '250', 'alert shown');
  }),

  'notes are written and shown': onList(async (page) => {
    await press(page, 'j', 'n');
    await page.getByTestId('note-text').fill('Asked the owner of the key.');
    await press(page, 'Control+Enter');
    await toast(page).waitFor();
    await press(page, 'Enter');
    await expectSoon(
      () =>
        page
          .getByTestId('peek-notes')
          .textContent()
          .then((text) => text.includes('Asked the owner')),
      true,
      'note',
    );
  }),

  'search, its errors, and clearing': onList(async (page) => {
    await press(page, '/');
    await page.keyboard.type('severty:high');
    await press(page, 'Enter');
    await page.getByTestId('search-error').waitFor();
    assert(
      (await page.getByTestId('search-error').textContent()).includes('“severity”'),
      'the nearest name is offered',
    );
    await checkAccess(page, 'search error');
    await shoot(page, 'search-error');
    await press(page, 'Escape');
    await page.getByTestId('search-error').waitFor({ state: 'detached' });
    await page.keyboard.type('nothing has this word');
    await page.getByTestId('alerts-no-match').waitFor();
    await shoot(page, 'no-match');
    await page.getByTestId('no-match-clear').click();
    await rows(page).first().waitFor();
    await press(page, '/');
    await page.keyboard.type('source:alertmanager');
    await press(page, 'Enter', 'j');
    await expectSoon(
      () =>
        page
          .locator('.cell.source')
          .allTextContents()
          .then((all) => new Set(all.map((one) => one.trim())).size),
      1,
      'sources shown',
    );
  }),

  'filters, views and sorting': onList(async (page) => {
    await pick(page, 'severity', 'critical').click();
    await pick(page, 'severity', 'high').click();
    await expectSoon(
      async () => new Set(await page.locator('.row .severity .word').allTextContents()).size,
      2,
      'severities shown',
    );
    await page.getByTestId('sort-severity').click();
    await expectSoon(() => page.locator('.row .severity .word').first().textContent(), 'Critical', 'worst first');
    await page.getByTestId('view-reset').click();
    await page.getByTestId('view-dirty').waitFor({ state: 'detached' });
    await page.getByTestId('view-all').click();
    await pick(page, 'status', 'acknowledged').click();
    await expectSoon(() => rows(page).first().getAttribute('data-status'), 'acknowledged', 'status filter');
  }),

  'a failing engine is said, and tried again': onList(async (page) => {
    await page.evaluate(() => {
      window.tocsinFake.fail(
        'listAlerts',
        Object.assign(new Error('The store is locked by another program.'), { code: 'unavailable' }),
      );
    });
    await page.getByTestId('view-all').click();
    await page.getByTestId('alerts-error').waitFor();
    await shoot(page, 'alerts-error');
    await page.evaluate(() => window.tocsinFake.fail('listAlerts', null));
    await page.getByTestId('alerts-retry').click();
    await rows(page).first().waitFor();
  }),

  'hostile text is text': ({ browser, base }) =>
    withPage(browser, base, { query: 'hostile' }, async (page) => {
      await rows(page).first().waitFor();
      const titles = (await page.getByTestId('alert-title').allTextContents()).map((text) => text.trim());
      assert(
        titles.some((title) => title.startsWith('<script>document.title=')),
        'markup is shown as it is',
      );
      assert(
        titles.some((title) => title.includes('U+202E')),
        'a direction override is marked',
      );
      assert(
        titles.some((title) => title.includes('U+200B ×3')),
        'zero-width characters are marked and counted',
      );
      assert((await page.title()) === 'Tocsin', 'no script ran');
      assert(!(await page.content()).includes('\u202e'), 'no override is left in the page');
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      assert(!wide, 'a long word does not widen the window');
      await press(page, 'j', 'j', 'Enter');
      await page.getByTestId('peek-tab-payload').click();
      await shoot(page, 'hostile');
      await checkAccess(page, 'hostile');
    }),

  'a hundred thousand rows: to the very end, into the middle, and back': onList(
    async (page) => {
      const total = 100_000;
      await page.getByTestId('view-all').click();
      const index = () => page.evaluate(() => Number(document.querySelector('.row.cursor')?.dataset.index ?? -1));
      await expectSoon(() => page.getByTestId('match-count').textContent(), '100,000 alerts', 'all are counted');
      await press(page, 'End');
      await expectSoon(index, total - 1, 'cursor');
      await expectSoon(
        () => page.locator(`[data-index="${total - 1}"]`).getAttribute('data-alert-id'),
        String(total),
        'the oldest',
      );
      const grid = page.getByTestId('alert-table');
      const atEnd = await grid.evaluate((node) => node.scrollHeight - node.clientHeight - node.scrollTop);
      assert(Math.abs(atEnd) < 1, `the bar is at its end: ${atEnd} px are left`);
      await press(page, 'k');
      await expectSoon(index, total - 2, 'a key goes exactly one row on');
      await grid.evaluate((node) => node.scrollTo(0, (node.scrollHeight - node.clientHeight) / 2));
      const middle = () =>
        page.evaluate(() => Number(document.querySelector('[data-testid="alert-row"]')?.dataset.index ?? -1));
      await expectSoon(
        async () => Math.abs((await middle()) - total / 2) < 100,
        true,
        'half of the bar is half of the list',
      );
      await expectSoon(() => page.getByTestId('alert-row-loading').count(), 0, 'rows still missing');
      // Ids count up from the newest: where a row stands is what it is.
      const rightful = await rows(page).evaluateAll((nodes) =>
        nodes.every((node) => Number(node.dataset.alertId) === Number(node.dataset.index) + 1),
      );
      assert(rightful, 'a jump shows the rows that belong there');
      assert((await rows(page).count()) < 120, 'only what is seen is in the page');
      await press(page, 'Home');
      await expectSoon(index, 0, 'cursor');
      await expectSoon(async () => (await ids(page))[0], '1', 'the newest');
      await expectSoon(() => page.getByTestId('alert-row-loading').count(), 0, 'rows still missing');
    },
    { query: 'alerts=100000' },
  ),

  'a storm of new alerts does not freeze the list': onList(async (page) => {
    const slow = await page.evaluate(async () => {
      let worst = 0;
      for (let burst = 0; burst < 20; burst += 1) {
        const started = performance.now();
        window.tocsinFake.deliver(200);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        worst = Math.max(worst, performance.now() - started);
      }
      return worst;
    });
    assert(slow < 1_500, `a frame took ${Math.round(slow)} ms`);
    await expectSoon(
      () =>
        page
          .getByTestId('nav-alerts-count')
          .textContent()
          .then((text) => text.startsWith('4,')),
      true,
      'count',
    );
    assert((await rows(page).count()) < 120, 'only what is seen is in the page');
  }),

  'add a source by keyboard, and see its first alert': ({ browser, base }) =>
    withPage(browser, base, { query: 'sources=0&alerts=0' }, async (page) => {
      await page.getByTestId('first-source').focus();
      await press(page, 'Enter');
      await page.getByTestId('add-source').waitFor();
      await press(page, 'Space', 'Tab');
      assert((await page.getByTestId('source-name').inputValue()) === 'csa', 'the name is filled in');
      await page.keyboard.type('bad name');
      await press(page, 'Enter');
      await page.getByText('cannot name a source').waitFor();
      await press(page, 'Control+a');
      await page.keyboard.type('office');
      await press(page, 'Enter');
      await page.getByTestId('credentials').waitFor();
      const curl = await page.getByTestId('cred-curl').textContent();
      const secret = await page.getByTestId('cred-secret').textContent();
      assert(curl.includes(secret) && curl.includes('/hooks/office'), 'the command is complete');
      assert((await page.getByTestId('first-delivery').textContent()).includes('Waiting'), 'it waits');
      await fake(page, 'deliver', 1);
      await expectSoon(
        () =>
          page
            .getByTestId('first-delivery')
            .textContent()
            .then((text) => text.trim()),
        'It works: first alert received',
        'state',
      );
      await shoot(page, 'source-works');
      await checkAccess(page, 'source works');
      await page.getByTestId('source-done').click();
      await press(page, 'g', 'a');
      await rows(page).first().waitFor();
    }),

  'test, new password and remove ask and tell': ({ browser, base }) =>
    withPage(browser, base, {}, async (page) => {
      await press(page, 'g', 's');
      await page.getByTestId('source-test').click();
      await page.getByTestId('source-tested').waitFor();
      await page.getByTestId('source-renew').click();
      await page.getByTestId('confirm-act').click();
      await page.getByTestId('credentials').waitFor();
      await shoot(page, 'source-renewed');
      await checkAccess(page, 'source renewed');
      await page.getByTestId('source-remove').click();
      await page.getByTestId('confirm').waitFor();
      await shoot(page, 'source-remove');
      await press(page, 'Enter');
      await page.getByTestId('confirm').waitFor({ state: 'detached' });
      assert((await page.getByTestId('source-card').count()) === 4, 'Enter alone removes nothing');
      await page.getByTestId('source-remove').click();
      await page.getByTestId('confirm-act').click();
      await expectSoon(() => page.getByTestId('source-card').count(), 3, 'sources left');
    }),

  'quarantine shows the place and tries again': ({ browser, base }) =>
    withPage(browser, base, {}, async (page) => {
      await press(page, 'g', 's');
      await page.getByTestId('quarantine-open').first().click();
      await expectSoon(
        () =>
          page
            .locator('[data-testid="quarantine-body"] mark')
            .textContent()
            .then((text) => text.trim()),
        ':',
        'character marked',
      );
      await page.getByTestId('quarantine-retry').first().click();
      await expectSoon(
        () =>
          toast(page)
            .textContent()
            .then((text) => text.includes('Still not readable')),
        true,
        'toast',
      );
    }),
};
