// Finding alerts, by keyboard and by pointer; every number shown is compared with what the engine counts.
import { assert, checkAccess, expectSoon, shoot, withPage } from './harness.mjs';

const rows = (page) => page.getByTestId('alert-row');
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const chips = (page) => page.getByTestId('chip').evaluateAll((all) => all.map((chip) => chip.dataset.term));
const counted = (page, query) =>
  page.evaluate(async (asked) => (await window.tocsinFake.countAlerts(asked, 1_000_000)).count, query);
const shown = async (page) => Number((await page.getByTestId('match-count').textContent()).replaceAll(/\D/g, ''));
const facet = (page, field, value) => page.locator(`[data-testid="facet-${field}"] [data-value="${value}"]`);
const facetCount = async (page, field, value) =>
  Number((await facet(page, field, value).getByTestId('facet-count').textContent()).replaceAll(',', ''));
const told = (page) => page.getByTestId('histogram-told').textContent();
const soonShown = async (page, query, what) => expectSoon(() => shown(page), await counted(page, query), what);
const text = (page) => page.getByTestId('search').inputValue();

/** A test on a page with the list and its counts drawn. */
const onList =
  (test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, options, async (page) => {
      await rows(page).first().waitFor();
      await facet(page, 'severity', 'high').waitFor();
      await test(page);
    });

export const tests = {
  'terms become chips, are edited and removed, by keyboard alone': onList(async (page) => {
    assert((await chips(page)).join(' ') === '-status:closed snoozed:false', 'the default view as chips');
    await press(page, '/');
    await page.keyboard.type('severity:high storm');
    await press(page, 'Enter');
    await soonShown(page, '-status:closed snoozed:false severity:high storm', 'typed');
    assert((await chips(page)).length === 3 && (await text(page)) === 'storm', 'field as chip, word as text');
    await press(page, '/', 'Home', 'Backspace');
    await soonShown(page, '-status:closed snoozed:false storm', 'Backspace took the last chip');
    await press(page, 'ArrowLeft', 'ArrowLeft', 'Delete');
    await soonShown(page, 'snoozed:false storm', 'Delete took the first chip');
    await press(page, 'Enter');
    await expectSoon(() => text(page), 'storm snoozed:false', 'Enter edits the chip');
    await press(page, 'Escape', 'Escape');
    await expectSoon(async () => (await chips(page)).join(), 'snoozed:false', 'Escape lets it be');
    await press(page, 'Home', 'ArrowLeft', 'Enter');
    await press(page, 'Backspace', 'Backspace', 'Backspace', 'Backspace', 'Backspace');
    await page.keyboard.type('true');
    await press(page, 'Escape', 'Enter');
    await soonShown(page, 'snoozed:true storm', 'the edited term');
    await expectSoon(() => page.evaluate(() => document.activeElement.dataset.testid), 'alert-table', 'focus');
  }),

  'suggestions are taken by keyboard, with the numbers of the engine': onList(async (page) => {
    await press(page, '/');
    await page.keyboard.type('sour');
    await page.getByTestId('offers').waitFor();
    await press(page, 'Tab');
    await expectSoon(() => text(page), 'source:', 'the field');
    const first = page.getByTestId('offer').first();
    await expectSoon(async () => (await first.locator('.count').count()) > 0, true, 'counted');
    const wanted = await counted(page, '-status:closed snoozed:false source:csa');
    assert((await first.textContent()).replaceAll(/\s+/g, ' ').includes(`csa ${wanted}`), await first.textContent());
    await checkAccess(page, 'suggestions');
    await shoot(page, 'suggestions');
    await press(page, 'ArrowDown', 'Enter');
    await soonShown(page, '-status:closed snoozed:false source:csa', 'the value');
    await page.keyboard.type('-status:ack');
    await press(page, 'Tab');
    await soonShown(page, '-status:closed snoozed:false source:csa -status:acknowledged', 'a value kept out');
    await page.keyboard.type('last');
    await page.getByText('Last 24 hours').last().click();
    await soonShown(page, '-status:closed snoozed:false source:csa -status:acknowledged time:24h', 'a time');
    assert((await page.getByTestId('time-picker').textContent()).includes('Last 24 hours'), 'the picker says it too');
  }),

  'a mistake stays as typed, is named and placed': onList(async (page) => {
    await press(page, '/');
    await page.keyboard.type('fine user:"ana');
    await press(page, 'Enter');
    await page.getByTestId('search-error').waitFor();
    assert((await text(page)) === 'fine user:"ana', 'as typed');
    const said = await page.getByTestId('search-error').textContent();
    assert(said.includes('user:"ana') && said.includes('a quote is not closed'), said);
    assert((await rows(page).count()) > 0, 'the list stays');
  }),

  'facets: in, beside, out, only, clear; counts are the engine’s': onList(async (page) => {
    await page.getByTestId('view-all').click();
    await soonShown(page, '', 'all');
    for (const severity of ['critical', 'high', 'low']) {
      const wanted = await counted(page, `severity:${severity}`);
      await expectSoon(() => facetCount(page, 'severity', severity), wanted, severity);
    }
    await facet(page, 'severity', 'high').locator('.value').click();
    await facet(page, 'severity', 'critical').locator('.value').click();
    await soonShown(page, 'severity:high,critical', 'two values');
    const low = await counted(page, 'severity:low');
    assert((await facetCount(page, 'severity', 'low')) === low, 'a facet does not narrow itself');
    await facet(page, 'source', 'csa')
      .locator('.value')
      .click({ modifiers: ['Alt'] });
    await soonShown(page, 'severity:high,critical -source:csa', 'one kept out');
    await expectSoon(() => facet(page, 'source', 'csa').getAttribute('data-choice'), 'excluded', 'marked');
    await facet(page, 'source', 'alertmanager').hover();
    await facet(page, 'source', 'alertmanager').getByTestId('facet-only').click();
    await soonShown(page, 'severity:high,critical source:alertmanager', 'only one');
    await page.getByTestId('facet-severity-clear').click();
    await soonShown(page, 'source:alertmanager', 'cleared');
    await checkAccess(page, 'facets');
  }),

  'facets by keyboard alone; the rail is hidden and comes back': onList(async (page) => {
    await press(page, 'f');
    await press(page, 'ArrowDown', 'Space');
    await soonShown(page, '-status:closed snoozed:false severity:high', 'Space ticks');
    await press(page, 'Alt+Enter');
    await soonShown(page, '-status:closed snoozed:false -severity:high', 'Alt+Enter keeps out');
    await press(page, 'Shift+Enter');
    await soonShown(page, '-status:closed snoozed:false severity:high', 'Shift+Enter: only');
    await press(page, 'Escape', 'F');
    await page.getByTestId('facets').waitFor({ state: 'detached' });
    await press(page, 'F');
    await page.getByTestId('facets').waitFor();
  }),

  'a facet with many values is searched': onList(async (page) => {
    await page.evaluate(() => {
      for (let at = 0; at < 60; at += 1) window.tocsinFake.deliver(1, { category: `made up ${at}` });
    });
    const more = page.getByTestId('facet-category-more');
    await expectSoon(async () => (await more.textContent()).includes('Show 14 more'), true, 'more');
    await more.click();
    await page.getByTestId('facet-category-find').fill('made up 5');
    const values = page.getByTestId('facet-category').getByTestId('facet-value');
    await expectSoon(() => values.count(), 11, 'found');
    await facet(page, 'category', 'made up 57').locator('.value').click();
    await soonShown(page, '-status:closed snoozed:false category:"made up 57"', 'a rare value');
    await page.getByTestId('facet-category-find').fill('');
    await facet(page, 'category', 'made up 57').waitFor();
  }),

  'nothing moves under the pointer while alerts come in': onList(async (page) => {
    const order = () =>
      page
        .getByTestId('facet-source')
        .getByTestId('facet-value')
        .evaluateAll((all) => all.map((one) => one.dataset.value).join());
    const before = await order();
    await facet(page, 'source', 'csa').hover();
    await page.evaluate(() => window.tocsinFake.deliver(500, {}, Date.now(), 'gateway-events'));
    await soonShown(page, '-status:closed snoozed:false', 'counted');
    assert((await order()) === before, 'the values stay in place');
    await page.mouse.move(900, 500);
    await expectSoon(async () => (await order()).startsWith('gateway-events'), true, 'sorted afterwards');
  }),

  'the histogram: its bars, its table and its readout are the same numbers': onList(async (page) => {
    const words = async () => (await told(page)).replaceAll(/\s+/g, ' ');
    for (const severity of ['critical', 'high', 'medium', 'low', 'informational', 'unknown']) {
      const wanted = await counted(page, `-status:closed snoozed:false severity:${severity}`);
      const part = page.getByTestId('histogram-told').locator(`[data-severity="${severity}"]`);
      assert(Number(await part.getAttribute('data-count')) === wanted, `${severity}: ${wanted}, ${await words()}`);
    }
    await page.getByTestId('histogram-table-toggle').click();
    const totals = await page
      .getByTestId('histogram-row')
      .evaluateAll((all) => all.map((row) => Number(row.cells[1].textContent)));
    const whole = totals.reduce((sum, one) => sum + one, 0);
    assert(whole === (await shown(page)), `the table adds up: ${whole}`);
    await shoot(page, 'histogram-table');
    await checkAccess(page, 'histogram table');
  }),

  'the brush by keyboard: move, widen, apply, zoom out': onList(async (page) => {
    const before = await shown(page);
    await press(page, 'h', 'ArrowLeft', 'ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft');
    const spoken = await page.getByTestId('histogram-plot').getAttribute('aria-valuetext');
    const wanted = Number(/: ([\d,]+) alert/.exec(spoken)[1].replaceAll(',', ''));
    await shoot(page, 'brush');
    await press(page, 'Enter');
    await expectSoon(() => shown(page), wanted, spoken);
    const [term] = (await chips(page)).filter((chip) => chip.startsWith('time:'));
    assert(wanted === (await counted(page, `-status:closed snoozed:false ${term}`)), term);
    await press(page, '-');
    await expectSoon(() => shown(page), before, 'zoomed out');
    await press(page, 'ArrowLeft', 'Escape', 'Escape');
    await expectSoon(() => page.evaluate(() => document.activeElement.dataset.testid), 'alert-table', 'focus');
  }),

  'the brush by pointer: drag over bars, click one bar': onList(async (page) => {
    const plot = page.getByTestId('histogram-plot');
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.7, box.y + 20);
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40);
    const wanted = Number(/([\d,]+) alerts?/.exec(await told(page))[1].replaceAll(',', ''));
    await page.mouse.up();
    await expectSoon(() => shown(page), wanted, 'dragged');
    await page.getByTestId('zoom-out').click();
    await expectSoon(async () => (await chips(page)).length, 2, 'zoomed out');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
    await page.mouse.down();
    await page.mouse.up();
    await expectSoon(async () => (await chips(page)).length, 3, 'one bar');
  }),

  'the time is picked: relative, by number, from and to': onList(
    async (page) => {
      await press(page, 't');
      await page.getByTestId('time-popover').waitFor();
      await shoot(page, 'time-picker');
      await checkAccess(page, 'time picker');
      await page.getByTestId('time-24h').click();
      await soonShown(page, '-status:closed snoozed:false time:24h', '24 h');
      await press(page, 't');
      await page.getByTestId('time-amount').fill('36');
      await press(page, 'Enter');
      await soonShown(page, '-status:closed snoozed:false time:36h', '36 h');
      await press(page, 't');
      await page.getByTestId('time-from-date').fill('2026-02-30');
      await press(page, 'Enter');
      await page.getByText('Write a date such as').waitFor();
      const day = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
      await page.getByTestId('time-from-date').fill(day);
      await page.getByTestId('time-from-clock').fill('06:00');
      await page.getByTestId('time-to-date').fill(day);
      await page.getByTestId('time-to-clock').fill('18:00');
      await page.getByTestId('time-apply').click();
      await soonShown(page, `-status:closed snoozed:false time:${day}T06:00:00Z..${day}T17:59:59.999Z`, 'from and to');
      await press(page, 't');
      await page.getByTestId('time-any').click();
      await soonShown(page, '-status:closed snoozed:false', 'any time');
    },
    { timezoneId: 'UTC' },
  ),

  'saved views: digits switch, changes show, save, delete, undo': onList(async (page) => {
    await press(page, '3');
    await soonShown(page, '', 'the third view');
    await press(page, '2');
    await soonShown(page, 'severity:>=high -status:closed', 'the second');
    await facet(page, 'source', 'csa').locator('.value').click();
    await page.getByTestId('view-dirty').waitFor();
    await page.getByTestId('view-save').click();
    await page.keyboard.type('Bad at csa');
    await shoot(page, 'view-save');
    await press(page, 'Enter');
    await page.getByTestId('name-view').waitFor({ state: 'detached' });
    const saved = page.getByTestId('views').getByRole('button', { name: /Bad at csa/ });
    await expectSoon(() => saved.getAttribute('aria-pressed'), 'true', 'the new view is shown');
    await page.getByTestId('view-menu').click();
    await page.getByTestId('view-menu-menu').waitFor();
    await shoot(page, 'view-menu');
    await checkAccess(page, 'view menu');
    await page.getByTestId('menu-view-delete').click();
    await saved.waitFor({ state: 'detached' });
    await page.getByTestId('toast').getByRole('button', { name: /Undo/ }).last().click();
    await saved.waitFor();
    await press(page, '1', '4');
    await soonShown(page, 'severity:>=high -status:closed source:csa', 'the fourth');
  }),

  'old numbers stay while new ones come, and a failure says what to do': onList(async (page) => {
    await page.evaluate(() => {
      const survey = window.tocsinFake.survey.bind(window.tocsinFake);
      window.tocsinFake.survey = async (spec) => {
        await new Promise((done) => (window.letGo = done));
        return survey(spec);
      };
    });
    const before = await shown(page);
    await facet(page, 'severity', 'high').locator('.value').click();
    await expectSoon(() => page.getByTestId('facets').getAttribute('aria-busy'), 'true', 'busy');
    assert((await shown(page)) === before, 'no flash of nothing');
    await page.evaluate(() => window.letGo());
    await soonShown(page, '-status:closed snoozed:false severity:high', 'then the new ones');
    await page.evaluate(() => {
      window.tocsinFake.survey = async () => {
        throw Object.assign(new Error('The store is locked by another program.'), { code: 'unavailable' });
      };
    });
    await facet(page, 'severity', 'low').locator('.value').click();
    await page.getByTestId('facets-error').waitFor();
    await page.getByTestId('facets-retry').waitFor();
    await shoot(page, 'facets-error');
    await checkAccess(page, 'facets error');
  }),

  'hostile values are text in every part that shows them': onList(async (page) => {
    const value = '<img src=x onerror=alert(1)>\u202e"x, y';
    await page.evaluate((category) => window.tocsinFake.deliver(40, { category, source: category }), value);
    const row = page.getByTestId('facet-category').getByTestId('facet-value').filter({ hasText: 'onerror' });
    await row.locator('.value').click();
    await expectSoon(() => shown(page), 40, 'the value is found by itself');
    await press(page, '/');
    await page.keyboard.type('category:');
    await expectSoon(async () => (await page.getByTestId('offer').count()) > 0, true, 'offered');
    assert((await page.locator('main img').count()) === 0, 'no element came of it');
    assert(!(await page.locator('main').innerText()).includes('\u202e'), 'no override is left to read');
    await shoot(page, 'hostile-facet');
  }),
};

tests['narrow: the filters lie over the list and go away'] = ({ browser, base }) =>
  withPage(browser, base, { viewport: { width: 700, height: 600 } }, async (page) => {
    await rows(page).first().waitFor();
    assert((await page.getByTestId('facets').count()) === 0, 'out of the way');
    await press(page, 'f');
    await page.getByTestId('facets').waitFor();
    await shoot(page, 'narrow-facets');
    await checkAccess(page, 'narrow facets');
    await press(page, 'F');
    await page.getByTestId('facets').waitFor({ state: 'detached' });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert(!wide, 'nothing is wider than the window');
  });
