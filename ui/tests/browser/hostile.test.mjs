// Text from outside in every field of every screen that shows alerts: it stays text, and nothing in it hides.
import { readFileSync } from 'node:fs';
import { assert, checkAccess, expectSoon, shoot, withPage } from './harness.mjs';

const TEXTS = JSON.parse(readFileSync(new URL('../hostile.json', import.meta.url), 'utf8'));

/** Runs in the page: what must not be there, as sentences. */
function watch() {
  const HIDDEN =
    // eslint-disable-next-line no-control-regex
    /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u0000-\u0008\u000b-\u001f\u007f-\u009f]/u;
  const FOREIGN =
    'iframe, object, embed, form, base, meta[http-equiv], video, audio, source, marquee, math, img, template, noscript, xss, details[ontoggle], a[href], link[rel=stylesheet]:not([href^="/assets/"])';
  const scripts = document.scripts.length;
  const styles = document.querySelectorAll('style').length;
  window.findings = new Set();
  window.inspect = (where) => {
    const say = (what) => window.findings.add(`${where}: ${what}`);
    if (window.owned !== undefined) say('a script ran');
    if (document.title !== 'Tocsin') say(`the title is ${document.title}`);
    if (document.scripts.length !== scripts) say('there is another script');
    if (document.querySelectorAll('style').length !== styles) say('there is another style sheet');
    for (const node of document.querySelectorAll(FOREIGN)) say(`there is a ${node.tagName}`);
    for (const node of document.querySelectorAll('*')) {
      for (const { name, value } of node.attributes) {
        if (name.startsWith('on')) say(`${node.tagName} has ${name}`);
        // What data attributes hold is for the program alone.
        if (!name.startsWith('data-') && HIDDEN.test(value))
          say(`${node.tagName} hides a character in ${name}: ${JSON.stringify(value).slice(0, 60)}`);
      }
    }
    const seen = HIDDEN.exec(document.body.innerText.replaceAll(/[\n\t]/g, ''));
    if (seen !== null) say(`the text hides U+${seen[0].codePointAt(0).toString(16)}`);
    if (document.documentElement.scrollWidth > innerWidth) say('the window became wider');
  };
}

/** Runs in the page: reads every alert in every part of the panel, and whom it concerns. */
async function readAll(ids) {
  const find = (id) => document.querySelector(`[data-testid="${id}"]`);
  const until = async (test) => {
    const end = performance.now() + 10_000;
    while (!test()) {
      if (performance.now() > end) return false;
      await new Promise((done) => setTimeout(done));
    }
    return true;
  };
  for (const [at, id] of ids.entries()) {
    window.tocsinFake.click(id);
    if (!(await until(() => find('peek-content') && find('peek')?.dataset.alertId === id)))
      window.findings.add(`${at}: not shown`);
    for (const tab of ['overview', 'activity', 'payload', 'similar']) {
      find(`peek-tab-${tab}`).click();
      await until(() => find(`peek-tab-${tab}`).getAttribute('aria-selected') === 'true');
      if (tab === 'similar') {
        const there = await until(() => find('last-time') && find('alert-line'));
        if (!there) window.findings.add(`${at}: nothing like it is found`);
      }
      window.inspect(`text ${at}, ${tab}`);
    }
    find('peek-tab-overview').click();
    await until(() => find('entity-link'));
    find('entity-link').click();
    if (!(await until(() => find('entity-content')))) window.findings.add(`${at}: the entity is not shown`);
    window.inspect(`text ${at}, entity`);
  }
  return [...window.findings];
}

/** Runs in the page: lets the first source and the engine's troubles hold each text in turn. */
async function troubleEach([texts, sign]) {
  for (const [at, text] of texts.entries()) {
    window.tocsinFake.plantAtSource(text);
    // Two turns of the fake's answers, and what is drawn of them.
    for (let turn = 0; turn < 3; turn += 1) await new Promise((done) => setTimeout(done));
    window.inspect(`text ${at}, ${sign}`);
  }
  return document.querySelector(`[data-testid="${sign}"]`) !== null;
}

/** Runs in the page: opens every delivery that could not be read. */
async function readUnread() {
  const buttons = [...document.querySelectorAll('[data-testid="quarantine-open"]')];
  for (const [at, button] of buttons.entries()) {
    button.click();
    const end = performance.now() + 10_000;
    const shown = () => button.getAttribute('aria-expanded') === 'true';
    while (!shown() && performance.now() < end) await new Promise((done) => setTimeout(done));
    if (!shown()) window.findings.add(`${at}: not shown`);
    window.inspect(`delivery ${at}`);
  }
  return buttons.length;
}

export const tests = {
  'hostile: 150 texts in every field of every alert stay text': ({ browser, base }) =>
    withPage(browser, base, { query: 'alerts=0' }, async (page) => {
      assert(TEXTS.length >= 150, `there are ${TEXTS.length}`);
      await page.evaluate(watch);
      const requests = [];
      page.on('request', (request) => requests.push(request.url()));
      const ids = await page.evaluate((texts) => window.tocsinFake.plant(texts), TEXTS);
      await page.getByTestId('alert-row').first().waitFor();
      // Every column there is, and the whole list once from end to end.
      await page.getByTestId('columns').click();
      for (const field of ['entity', 'category', 'alertType', 'received', 'updated', 'occurrences']) {
        const line = page.getByTestId(`menu-${field}`);
        if ((await line.getAttribute('aria-checked')) === 'false') await line.click();
      }
      await page.keyboard.press('Escape');
      for (let row = 0; row < TEXTS.length; row += 8) {
        await page.evaluate((at) => {
          document.querySelector('[data-testid="alert-table"]').scrollTop = at * 47;
          return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        }, row);
        await page.evaluate((at) => window.inspect(`table at ${at}`), row);
      }
      const found = await page.evaluate(readAll, ids);
      assert(found.length === 0, `${found.length} findings\n${found.slice(0, 20).join('\n')}`);
      const other = requests.filter((url) => !url.startsWith(`${base}/assets/`));
      assert(other.length === 0, `no request left: ${other.join()}`);
    }),

  'hostile: menus, filters and dialogs show it as text': ({ browser, base }) =>
    withPage(browser, base, { query: 'alerts=0' }, async (page) => {
      await page.evaluate(watch);
      const texts = [TEXTS[0], TEXTS[1], 'invoice \u202egpj.exe\u202c opened', 'zero\u200bwidth', 'W'.repeat(600)];
      await page.evaluate((given) => window.tocsinFake.plant(given), texts);
      await page.getByTestId('alert-row').first().waitFor();
      for (let row = 0; row < texts.length; row += 1) {
        await page.getByTestId('alert-row').nth(row).locator('[data-cell="entity"]').first().click({ button: 'right' });
        await page.getByTestId('alert-menu').waitFor();
        await page.evaluate((at) => window.inspect(`menu of ${at}`), row);
        if (row === 2) {
          await shoot(page, 'hostile-menu');
          await checkAccess(page, 'menu');
        }
        await page.keyboard.press('Escape');
        await page.getByTestId('alert-menu').waitFor({ state: 'detached' });
      }
      await page.keyboard.press('Control+a');
      await page.keyboard.press('e');
      await page.getByTestId('close-dialog').waitFor();
      await page.evaluate(() => window.inspect('dialog'));
      await page.keyboard.press('2');
      await expectSoon(() => page.getByTestId('toast').count(), 1, 'toast');
      await page.evaluate(() => window.inspect('toast'));
      const found = await page.evaluate(() => [...window.findings]);
      assert(found.length === 0, found.slice(0, 20).join('\n'));
    }),

  'hostile: sources, what could not be read, and settings show it as text': ({ browser, base }) =>
    withPage(browser, base, { query: 'alerts=0' }, async (page) => {
      await page.evaluate(watch);
      await page.evaluate((given) => window.tocsinFake.plantUnread(given), TEXTS);
      await page.keyboard.press('g');
      await page.keyboard.press('s');
      await expectSoon(() => page.getByTestId('quarantine-open').count(), TEXTS.length, 'deliveries');
      assert((await page.evaluate(readUnread)) === TEXTS.length, 'every delivery was opened');
      assert(await page.evaluate(troubleEach, [TEXTS, 'source-detail']), 'the source is there');
      await shoot(page, 'hostile-sources');
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await page.getByTestId('settings-view').waitFor();
      assert(await page.evaluate(troubleEach, [TEXTS, 'settings-view']), 'the settings are there');
      const found = await page.evaluate(() => [...window.findings]);
      assert(found.length === 0, `${found.length} findings\n${found.slice(0, 20).join('\n')}`);
    }),
};
