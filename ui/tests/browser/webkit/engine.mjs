// WebKitGTK, the engine of the real window: its own small browser, one of them for all tests, with a new page for each.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Desktop, onOwnScreen } from './desktop.mjs';
import { Driver } from './driver.mjs';
import { Page } from './page.mjs';

/** Where distributions put it: in a folder of the processor on Debian and its relatives, in libexec elsewhere. */
function findBrowser() {
  const folders = ['/usr/libexec', ...readdirSync('/usr/lib').map((name) => join('/usr/lib', name))];
  const places = folders.map((folder) => join(folder, 'webkit2gtk-4.1/MiniBrowser'));
  const found = process.env.MINIBROWSER ?? places.find((place) => existsSync(place));
  if (found === undefined) throw new Error('there is no MiniBrowser of WebKitGTK 4.1: say where in MINIBROWSER');
  return found;
}

/** What is put into the page before the app. */
export const scripts = ['watch.js', 'locate.js'].map((name) => new URL(`page/${name}`, import.meta.url));

/** The pictures of one size and theme are enough here, under a name of their own. */
export function pictureName(name) {
  const [screen, variant] = name.split('--');
  return variant?.endsWith('-1280x800-light') ? `${screen}--webkit-${variant}` : undefined;
}

export async function launch(server) {
  if (!onOwnScreen()) throw new Error('WebKit is tested on a screen of its own: start it with run.mjs');
  const binary = findBrowser();
  const desktop = new Desktop();
  // The test's server is the proxy for everything: what goes elsewhere ends, and is noticed, there.
  const start = (zone) => Driver.start(binary, ['--automation', `--proxy=${server.url}`], desktop.environment(zone));
  const usual = await start();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;

  return {
    /** Opens the app as a page of its own. `problems` says what must not have happened, and did. */
    async open(base, { query, colorScheme, viewport, timezoneId }) {
      // A time zone is a browser's for its life, so another zone needs another browser.
      const own = timezoneId !== undefined && timezoneId !== here ? await start(timezoneId) : undefined;
      const driver = own ?? usual;
      const elsewhere = [];
      const page = new Page(driver, desktop, server);
      page.on('request', (request) => {
        if (!request.url().startsWith(`${base}/`)) elsewhere.push(`request to ${request.url()}`);
      });
      await page.goto('about:blank');
      await page.setViewportSize(viewport);
      await page.mouse.move(0, 0);
      await desktop.wish(page, { colorScheme, contrast: 'no-preference' });
      await page.goto(`${base}/?${query}`);
      const problems = async () => {
        const seen = await page.evaluate(() => window.watch?.problems ?? ['the page went elsewhere']);
        return [...seen, ...elsewhere];
      };
      const close = async () => {
        await page.close();
        await own?.close();
      };
      return { page, problems, close };
    },
    close: () => usual.close(),
  };
}
