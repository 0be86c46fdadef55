import '@fontsource-variable/inter/wght.css';
import './styles/tokens.css';
import './styles/themes.css';
import './styles/base.css';
import { mount } from 'svelte';
import App from './App.svelte';
import type { Client } from './lib/ipc/client';
import { tauriClient } from './lib/ipc/tauri';
import { keptTheme, wearTheme } from './lib/theme';

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

const target = document.getElementById('app');
if (target) mount(App, { target, props: { client: await chooseClient() } });
