// Every screen and everything that lies over one, and how a person comes there. `open` begins on the alerts.
import { expectSoon } from './harness.mjs';

const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
};
const shown = (page, id) => page.getByTestId(id).first().waitFor();
const gone = (page, id) => page.getByTestId(id).waitFor({ state: 'detached' });

/** A dialog that a key opens on the alert at the cursor. */
const dialog = (name, key) => ({
  name,
  fills: ['demo'],
  open: async (page) => {
    await press(page, 'j', key);
    await shown(page, name);
  },
  close: async (page) => {
    await press(page, 'Escape');
    await gone(page, name);
  },
});
const tab = (name, also = async () => undefined) => ({
  name: `panel-${name}`,
  fills: ['demo', 'full'],
  open: async (page) => {
    await press(page, 'j', 'Enter');
    await shown(page, 'peek-title');
    await page.getByTestId(`peek-tab-${name}`).click();
    await also(page);
  },
  close: async (page) => {
    await press(page, 'Escape');
    await gone(page, 'peek');
  },
});
const settings = (part) => ({
  name: `settings-${part}`,
  open: async (page) => {
    await press(page, 'g', 'c');
    await shown(page, 'settings-view');
    await page.getByTestId(`settings-go-${part}`).click();
  },
});
const MANY = ['demo', 'full'];

export const SCREENS = [
  {
    name: 'alerts',
    open: async (page, fill) => {
      if (fill === 'empty') await shown(page, 'first-run');
      else await shown(page, 'alert-row');
    },
  },
  {
    name: 'alerts-selected',
    fills: MANY,
    open: async (page) => {
      await press(page, 'j', 'x', 'j', 'x');
      await shown(page, 'selection-bar');
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'selection-bar');
    },
  },
  tab('overview'),
  tab('payload'),
  tab('activity'),
  dialog('close-dialog', 'e'),
  dialog('snooze-dialog', 's'),
  dialog('note-dialog', 'n'),
  {
    name: 'keys-sheet',
    open: async (page) => {
      await press(page, '?');
      await shown(page, 'keys-sheet');
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'keys-sheet');
    },
  },
  {
    name: 'palette',
    open: async (page, fill) => {
      await press(page, 'Control+k');
      await shown(page, 'palette');
      if (fill === 'full') {
        await page.keyboard.type('token');
        await page.locator('[data-testid^="palette-alert-"]').first().waitFor();
      }
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'palette');
    },
  },
  {
    name: 'import',
    fills: ['empty', 'demo'],
    open: async (page) => {
      await press(page, 'Control+k');
      await page.getByTestId('palette-import').click();
      await shown(page, 'import-dialog');
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'import-dialog');
    },
  },
  {
    name: 'sources',
    open: async (page, fill) => {
      await press(page, 'g', 's');
      if (fill === 'empty') await shown(page, 'sources-empty');
      else await shown(page, 'source-detail');
    },
  },
  {
    name: 'source-add',
    fills: ['empty', 'demo'],
    open: async (page) => {
      await press(page, 'g', 's');
      await page.getByTestId('source-add').click();
      await page.getByTestId('kind-cloudevents').check({ force: true });
      await page.getByTestId('source-more').click();
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'add-source');
    },
  },
  settings('look'),
  {
    ...settings('notifications'),
    open: async (page, fill) => {
      await settings('notifications').open(page);
      if (fill === 'empty') return;
      await page.getByTestId('quiet-on').check();
      await shown(page, 'quiet-from');
    },
  },
  settings('keeping'),
  {
    ...settings('about'),
    open: async (page) => {
      await settings('about').open(page);
      await page.getByTestId('checks-run').click();
      await shown(page, 'checks-found');
      await expectSoon(() => page.getByTestId('checks-run').isEnabled(), true, 'the check is done');
    },
  },
];

/** Comes back to the alerts, with nothing over them. */
export async function goHome(page, fill) {
  await press(page, 'g', 'a');
  await shown(page, fill === 'empty' ? 'first-run' : 'alert-row');
}
