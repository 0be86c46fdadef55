// The house: first steps, settings, palette, status bar, themes, the keys of the whole window.
import { assert, expectSoon, withPage } from './harness.mjs';

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const fake = (page, method, ...args) =>
  page.evaluate(([name, given]) => window.tocsinFake[name](...given), [method, args]);
const text = (page, id) =>
  page
    .getByTestId(id)
    .last()
    .textContent()
    .then((found) => found.trim().replaceAll(/\s+/g, ' '));
const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);
const on =
  (query, test, options = {}) =>
  ({ browser, base }) =>
    withPage(browser, base, { query, ...options }, test);

/** By keys alone, from the alerts to the settings. */
async function openSettings(page) {
  await page.getByTestId('alerts-view').waitFor();
  await press(page, 'g', 'c');
  await page.getByTestId('settings-view').waitFor();
}

export const tests = {
  'the first steps act: demo data comes, is marked, and goes in one click': on('alerts=0&sources=0', async (page) => {
    await page.getByTestId('first-demo').click();
    await page.getByTestId('alert-row').first().waitFor();
    await page.getByTestId('status-demo').waitFor();
    await press(page, 'g', 's');
    await page.getByTestId('source-card').getByText('Demo', { exact: true }).first().waitFor();
    await press(page, 'g', 'a');
    await page.getByTestId('status-wipe').click();
    await page.getByTestId('first-run').waitFor();
    assert((await page.getByTestId('status-demo').count()) === 0, 'the mark is gone');
  }),

  'the first steps act: a file is imported into a source of its own': on('alerts=0&sources=0', async (page) => {
    await page.getByTestId('first-import').click();
    await page.getByTestId('import-source').selectOption('new:alertmanager');
    await page.getByTestId('import-choose').click();
    await page.getByTestId('alert-row').first().waitFor();
    assert((await text(page, 'toast')).startsWith('Imported 1 file: 3 new alerts'), await text(page, 'toast'));
    await press(page, 'g', 's');
    assert(
      (await page.getByTestId('source-card').getAttribute('data-source')) === 'alertmanager',
      'the source is there',
    );
  }),

  'a setting is kept at once, said, and taken back': on('', async (page) => {
    await openSettings(page);
    await page.getByTestId('theme-dark').check();
    await expectSoon(() => theme(page), 'dark', 'theme');
    assert((await text(page, 'toast')).startsWith('Theme: dark'), 'it is said');
    await page.getByTestId('contrast').check();
    await expectSoon(() => theme(page), 'contrast-dark', 'theme');
    await page.getByTestId('settings-go-look').focus();
    await press(page, 'Control+z');
    await expectSoon(() => theme(page), 'dark', 'theme after one step back');
    await press(page, 'Control+z');
    await expectSoon(() => theme(page), 'light', 'theme after two');
    await page.getByTestId('density-compact').check();
    await expectSoon(() => page.evaluate(() => document.documentElement.dataset.density), 'compact', 'density');
  }),

  'what cannot be is said beside the field and changes nothing': on('', async (page) => {
    await openSettings(page);
    await page.getByTestId('settings-go-keeping').click();
    await page.getByTestId('retention-days').fill('0');
    await press(page, 'Enter');
    await page.getByTestId('retention-age').getByRole('alert').waitFor();
    assert((await page.getByTestId('retention-days').inputValue()) === '0', 'what was written stays');
    await page.getByTestId('retention-days').fill('30');
    await press(page, 'Enter');
    await page.getByTestId('retention-age').getByRole('alert').waitFor({ state: 'detached' });
    const kept = await page.evaluate(() => window.tocsinFake.getSettings());
    assert(kept.retention.days === 30, `kept: ${kept.retention.days}`);
  }),

  'the preview of what would go follows the limit, and applying asks first': on('', async (page) => {
    await openSettings(page);
    await expectSoon(
      () => text(page, 'retention-preview').then((found) => found.startsWith('Nothing would go')),
      true,
      'calm',
    );
    await page.getByTestId('retention-days').fill('3');
    await press(page, 'Enter');
    await expectSoon(
      () => text(page, 'retention-preview').then((found) => /^Now \d+ alerts would go/.test(found)),
      true,
      'preview',
    );
    const before = (await page.evaluate(() => window.tocsinFake.engineStatus())).alerts;
    await page.getByTestId('retention-apply').click();
    await page.getByTestId('confirm-act').click();
    await expectSoon(() => text(page, 'toast').then((found) => /^Removed \d+ alerts/.test(found)), true, 'said');
    const after = (await page.evaluate(() => window.tocsinFake.engineStatus())).alerts;
    assert(after < before, `${before} alerts before, ${after} after`);
  }),

  'quiet hours say in words what follows': on('', async (page) => {
    await openSettings(page);
    await page.getByTestId('quiet-on').check();
    await page.getByTestId('quiet-from').fill('12:00');
    await press(page, 'Tab');
    await page.getByTestId('quiet-to').fill('13:30');
    await press(page, 'Tab');
    await page.getByTestId('quiet-sat').uncheck({ force: true });
    await page.getByTestId('quiet-sun').uncheck({ force: true });
    await expectSoon(
      () => text(page, 'quiet-hours').then((found) => found.includes('Quiet Monday to Friday, from 12:00 to 13:30')),
      true,
      'sentence',
    );
    await page.getByTestId('quiet-critical').uncheck();
    await expectSoon(
      () => text(page, 'quiet-hours').then((found) => found.includes('not even critical')),
      true,
      'sentence',
    );
    await page.getByTestId('quiet-from').fill('25:00');
    await press(page, 'Tab');
    await page.getByText('Write a time such as 22:00.').waitFor();
  }),

  'a tray that is not there is said, and cannot be chosen': on('', async (page) => {
    await fake(page, 'trouble', { trayProblem: 'This desktop has no tray.' });
    await openSettings(page);
    await page.getByText('This desktop has no tray.').waitFor();
    assert(await page.getByTestId('close-to-tray').isDisabled(), 'it cannot be chosen');
  }),

  'the palette finds commands, views, sources and alerts by keys alone': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await press(page, 'Control+k');
    await page.keyboard.type('thdark');
    await press(page, 'Enter');
    await expectSoon(() => theme(page), 'dark', 'theme');
    await press(page, 'Control+k');
    await page.keyboard.type('sett');
    await press(page, 'Enter');
    await page.getByTestId('settings-view').waitFor();
    await press(page, 'Control+k');
    await page.keyboard.type('gateway-ev');
    await press(page, 'Enter');
    await expectSoon(() => page.getByTestId('source-detail').getAttribute('data-source'), 'gateway-events', 'source');
    await press(page, 'Control+k');
    await page.keyboard.type('Policy edits');
    await page.locator('[data-testid^="palette-alert-"]').first().waitFor();
    await press(page, 'Enter');
    await expectSoon(() => text(page, 'peek-title'), 'Policy edits', 'alert shown');
  }),

  'the palette does what a key does, from another screen too': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await press(page, 'j', 'g', 's', 'Control+k');
    await page.keyboard.type('acknow');
    await press(page, 'Enter');
    await expectSoon(() => page.getByTestId('alert-row').first().getAttribute('data-status'), 'acknowledged', 'status');
    await press(page, 'Control+k', 'Escape');
    await page.getByTestId('palette').waitFor({ state: 'detached' });
  }),

  'the palette opens while a text is written, and gives the focus back': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await press(page, '/');
    const before = await page.evaluate(() => document.activeElement?.getAttribute('data-testid'));
    await press(page, 'Control+k');
    await page.getByTestId('palette-input').waitFor();
    await press(page, 'Escape');
    await expectSoon(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')), before, 'focus');
  }),

  'every number of the status bar leads somewhere': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    for (const [id, there] of [
      ['status-size', 'retention-preview'],
      ['status-notification', 'notify-from'],
      ['status-version', 'checks-run'],
      ['status-delivery', 'source-detail'],
      ['status-open', 'alert-row'],
      ['status-quarantine', 'quarantine-open'],
      ['status-listening', 'source-detail'],
    ]) {
      await page.getByTestId(id).click();
      const target = page.getByTestId(there).first();
      await target.waitFor();
      await expectSoon(
        () => target.evaluate((node) => node.getBoundingClientRect().top < innerHeight),
        true,
        `${id} shows ${there}`,
      );
    }
  }),

  'sources are gone through by keys, and what could not be read is shown by keys': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await press(page, 'g', 's');
    await page.getByTestId('source-detail').waitFor();
    const shown = () => page.getByTestId('source-detail').getAttribute('data-source');
    const names = await page
      .getByTestId('source-card')
      .evaluateAll((cards) => cards.map((card) => card.dataset.source));
    for (const [key, at] of [
      ['k', 0],
      ['j', 1],
      ['j', 2],
      ['k', 1],
    ]) {
      await press(page, key);
      await expectSoon(shown, names[at], `source after ${key}`);
    }
    await press(page, 'Control+k');
    await page.keyboard.type('could not');
    await press(page, 'Enter');
    await expectSoon(
      () => page.evaluate(() => document.activeElement?.getAttribute('data-testid')),
      'quarantine-open',
      'focus',
    );
    await press(page, 'Enter');
    await page.getByTestId('quarantine-body').waitFor();
  }),

  'the tray’s menu opens what it names': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await fake(page, 'choose', 'settings');
    await page.getByTestId('settings-view').waitFor();
    await fake(page, 'choose', 'palette');
    await page.getByTestId('palette').waitFor();
    await press(page, 'Escape');
    await fake(page, 'choose', 'alerts');
    await page.getByTestId('alert-row').first().waitFor();
  }),

  'the desktop’s wish is followed, also when it changes': ({ browser, base }) =>
    withPage(browser, base, { colorScheme: 'dark' }, async (page) => {
      await expectSoon(() => theme(page), 'dark', 'theme');
      await page.emulateMedia({ colorScheme: 'light' });
      await expectSoon(() => theme(page), 'light', 'theme');
      await page.emulateMedia({ colorScheme: 'light', contrast: 'more' });
      await expectSoon(() => theme(page), 'contrast-light', 'theme');
    }),

  'times are shown in UTC where that is chosen': on(
    'times=utc',
    async (page) => {
      await openSettings(page);
      await page.getByText(/Now it is .* UTC\./).waitFor();
      await page.getByTestId('times-local').check();
      await page.getByText(/Now it is .* (GMT\+9|JST)\./).waitFor();
    },
    { timezoneId: 'Asia/Tokyo' },
  ),

  'the sheet lists the keys, and the go keys go': on('', async (page) => {
    await page.getByTestId('alert-row').first().waitFor();
    await press(page, '?');
    const listed = await page.getByTestId('keys-sheet').locator('dt').count();
    assert(listed > 18, `${listed} keys are listed`);
    await press(page, 'Escape', 'g', 'c');
    await page.getByTestId('settings-view').waitFor();
    await press(page, 'g', 'a');
    await page.getByTestId('alert-row').first().waitFor();
  }),
};
