import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/themes.css';
import './styles/base.css';
import './styles/forced.css';
import { mount } from 'svelte';
import Window from './App.svelte';
import type { Client } from './lib/ipc/client';
import { tauriClient } from './lib/ipc/tauri';
import { App } from './lib/state/app.svelte';
import { keptTheme, wearTheme } from './lib/theme';

/** The font and the first rows come out of the app itself; beyond this, in ms, the window opens without them. */
const PATIENCE = 150;

/** The real engine inside the window; in a plain browser, where the build has it, the fake. */
async function chooseClient(): Promise<Client> {
  if (__FAKE__ && !('__TAURI_INTERNALS__' in window)) {
    const { startFake } = await import('./lib/ipc/fake/start');
    return startFake(new URLSearchParams(location.search));
  }
  return tauriClient();
}

// Before anything is drawn; the settings, once read, decide anew.
wearTheme(keptTheme())();

// Text that is drawn before its font is there is laid out twice, and the first time in fonts that have to be looked
// for; a window without its rows is drawn twice as well. Either costs more than the short wait.
const font = document.fonts.load('400 1em "Inter Variable"').catch(() => []);
const app = new App(await chooseClient());
let stands = (): void => undefined;
app.start(new Promise((done) => (stands = done)));
await Promise.race([Promise.all([font, app.firstRows]), new Promise((done) => setTimeout(done, PATIENCE))]);

const target = document.getElementById('app');
if (target) mount(Window, { target, props: { app } });
stands();
