// A desktop for the browser: a screen and a bus of its own, and what such a desktop tells its programs about its look.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Room for the largest page and what the browser has around it. */
const SCREEN = '-screen 0 2000x1300x24';
const INSIDE = 'TOCSIN_TEST_OWN_SCREEN';

/** Whether this process is on a screen of its own already. */
export const onOwnScreen = () => process.env[INSIDE] === '1';

/** Runs this very command again on a screen and a bus of its own, and gives its exit code. */
export function runOnOwnScreen() {
  const command = ['-a', '-s', SCREEN, 'dbus-run-session', '--', process.execPath, ...process.argv.slice(1)];
  const env = { ...process.env, [INSIDE]: '1', NO_AT_BRIDGE: '1' };
  const { status, error } = spawnSync('xvfb-run', command, { stdio: 'inherit', env });
  if (error) throw new Error(`xvfb-run does not start (packages xvfb, xauth, dbus): ${error.message}`);
  return status ?? 1;
}

const THEMES = {
  light: 'Adwaita',
  dark: 'Adwaita-dark',
  'contrast-light': 'HighContrast',
  'contrast-dark': 'HighContrastInverse',
};

const LANGUAGE = { LANG: 'en_US.UTF-8', LANGUAGE: 'en_US', LC_ALL: undefined, GTK_THEME: undefined };

/** Tells GTK programs what the person wishes, while they run, as a desktop's settings daemon does. */
export class Desktop {
  #folder = mkdtempSync(join(tmpdir(), 'tocsin-webkit-'));
  #file = join(this.#folder, 'settings');
  #daemon;
  #wishes = { colorScheme: 'light', contrast: 'no-preference' };

  constructor() {
    this.#write();
    this.#daemon = spawn('xsettingsd', ['-c', this.#file], { stdio: 'ignore' });
    this.#daemon.once('error', (error) => {
      console.log(`xsettingsd does not start (package xsettingsd): ${error.message}`);
      process.exit(1);
    });
    process.once('exit', () => this.#end());
    // Out of the page's way: a pointer over it would be one more hand in the test.
    spawnSync('xdotool', ['mousemove', '1999', '1299']);
  }

  /** The environment of a browser: nothing of this user's look and language, and that time zone. */
  environment(zone) {
    const own = Object.fromEntries(['CONFIG', 'DATA', 'CACHE'].map((kind) => [`XDG_${kind}_HOME`, this.#folder]));
    // Without a graphics card the window draws this way too, in half the time.
    const drawing = { WEBKIT_DISABLE_DMABUF_RENDERER: '1' };
    return { ...process.env, ...drawing, HOME: this.#folder, ...own, ...LANGUAGE, ...(zone && { TZ: zone }) };
  }

  #write() {
    const { colorScheme, contrast } = this.#wishes;
    const theme = THEMES[contrast === 'more' ? `contrast-${colorScheme}` : colorScheme];
    // Without animations is what reduced motion is called here.
    writeFileSync(this.#file, `Net/ThemeName "${theme}"\nGtk/EnableAnimations 0\n`);
  }

  /** Wishes for colours, as `prefers-color-scheme` and `prefers-contrast` have them; waits until the page knows. */
  async wish(page, wishes) {
    this.#wishes = { ...this.#wishes, ...wishes };
    this.#write();
    this.#daemon.kill('SIGHUP');
    const { colorScheme, contrast } = this.#wishes;
    const asked = [
      `(prefers-color-scheme: ${colorScheme})`,
      `(prefers-contrast: ${contrast})`,
      '(prefers-reduced-motion: reduce)',
    ];
    const end = Date.now() + 10_000;
    let missing;
    do missing = await page.evaluate((all) => all.filter((one) => !matchMedia(one).matches), asked);
    while (missing.length > 0 && Date.now() < end);
    if (missing.length > 0) throw new Error(`the page does not know the desktop's wish: ${missing.join()}`);
  }

  #end() {
    this.#daemon.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
