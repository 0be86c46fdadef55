// Every screen in three fillings, two sizes, at 200 % zoom, and in the themes: a picture for the report, and on the
// way nothing that axe calls serious, nothing cut off, nothing covered. Themes differ by colours alone, so a screen is
// gone to once and puts on one after the other.
import { assert, checkAccess, checkColours, shoot, wear, withPage } from './harness.mjs';
import { checkLayout } from './layout.mjs';
import { goHome, SCREENS } from './screens.mjs';

const FILLS = {
  empty: 'alerts=0&sources=0&rules=0',
  demo: 'alerts=60&demo&fired=12',
  full: 'alerts=20000&rules=500',
};
const WIDE = { width: 1920, height: 1080 };
const USUAL = { width: 1280, height: 800 };
/** 1280 x 1600 at 200 %. */
const ZOOM = { width: 640, height: 800 };

export const tests = {};

/** Goes through every screen of a filling. What fails on one does not keep the next from being looked at. */
function walk(title, { fill, viewport, size, checks, themes = [] }) {
  tests[title] = ({ browser, base }) =>
    withPage(browser, base, { query: `${FILLS[fill]}&theme=light`, viewport }, async (page) => {
      const faults = [];
      const look = async (screen, theme, wanted) => {
        const where = `${screen.name}--${fill}-${size}-${theme}`;
        await shoot(page, where);
        for (const check of wanted) await check(page, where).catch((error) => faults.push(error.message));
      };
      for (const screen of SCREENS) {
        if (screen.fills && !screen.fills.includes(fill)) continue;
        await screen.open(page, fill);
        await look(screen, 'light', checks);
        for (const [theme, wanted] of themes) {
          await wear(page, theme);
          await look(screen, theme, wanted);
        }
        await wear(page, 'light');
        await screen.close?.(page);
        await goHome(page, fill);
      }
      assert(faults.length === 0, faults.join('\n'));
    });
}

for (const fill of Object.keys(FILLS)) {
  const contrast = ['contrast-light', 'contrast-dark'].map((theme) => [theme, [checkColours, checkLayout]]);
  walk(`looks ${fill} 1280x800`, {
    fill,
    viewport: USUAL,
    size: '1280x800',
    checks: [checkAccess, checkLayout],
    // What is filled more or less has the same colours, so strong contrast is looked at once.
    themes: [['dark', [checkColours]], ...(fill === 'demo' ? contrast : [])],
  });
  walk(`looks ${fill} 1920x1080`, {
    fill,
    viewport: WIDE,
    size: '1920x1080',
    checks: [checkLayout],
    themes: [['dark', []]],
  });
  walk(`looks ${fill} at 200 % zoom`, {
    fill,
    viewport: ZOOM,
    size: 'zoom',
    checks: fill === 'demo' ? [checkAccess, checkLayout] : [checkLayout],
  });
}

for (const theme of ['light', 'dark']) {
  tests[`looks trouble ${theme}`] = ({ browser, base }) =>
    withPage(browser, base, { query: `theme=${theme}` }, async (page) => {
      await page.getByTestId('alert-row').first().waitFor();
      await page.evaluate(() =>
        window.tocsinFake.trouble({
          listening: null,
          listenerProblem: 'Port 8787 is taken by another program. Close it, or choose another port in tocsin.toml.',
          notificationProblem: 'No notification service answers on this desktop. Start one, such as dunst.',
          storeProblem: 'The disk is full. Make room, and storing goes on by itself.',
          trayProblem: 'This desktop has no tray, so the window has nowhere to close to.',
          outboxWaiting: 3,
        }),
      );
      await page.getByTestId('banner-listener').waitFor();
      await shoot(page, `trouble--${theme}`);
      await checkAccess(page, 'trouble');
      await checkLayout(page, 'trouble');
    });
}

tests['severity can be told without colour'] = ({ browser, base }) =>
  withPage(browser, base, {}, async (page) => {
    const marks = page.locator('[data-testid="alert-row"] .severity');
    await marks.first().waitFor();
    // The shape of a mark is what its drawing says, without the classes that colour it.
    const told = await marks.evaluateAll((nodes) =>
      nodes.map((node) => [
        node.textContent.trim(),
        [...node.querySelectorAll('svg *')]
          .map(
            (part) => `${part.tagName} ${part.getAttribute('d') ?? part.getAttribute('r') ?? part.getAttribute('rx')}`,
          )
          .join(),
      ]),
    );
    const shapes = new Map(told);
    assert(shapes.size >= 4, `severities in sight: ${[...shapes.keys()]}`);
    assert(new Set(shapes.values()).size === shapes.size, 'two severities have the same shape');
    await page.evaluate(() => document.documentElement.style.setProperty('filter', 'grayscale(1)'));
    await shoot(page, 'alerts--greyscale');
  });
