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
/** Leaves the studio and what was not saved in it. */
async function leaveStudio(page) {
  await page.getByTestId('studio-back').click();
  await gone(page, 'studio');
  // The draft stays; the next screen begins without it.
  await page.evaluate(async () => {
    for (const { key } of await window.tocsinFake.listDrafts()) await window.tocsinFake.removeDraft(key);
  });
}
/** A rule in the studio, and what is looked at beside it. */
const studio = (name, also = async () => undefined) => ({
  name,
  fills: ['demo'],
  open: async (page) => {
    await press(page, 'g', 'r');
    await page.getByTestId('rule-open').first().click();
    await shown(page, 'effect');
    await also(page);
  },
  close: leaveStudio,
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
  studio('studio'),
  studio('studio-why', async (page) => {
    await page.getByTestId('studio-tab-why').click();
    await page.getByTestId('why-event').first().click();
    await shown(page, 'why');
  }),
  studio('studio-text', async (page) => {
    await page.getByTestId('studio-tab-text').click();
    await page.getByTestId('rule-text').fill('name: a\nconditions:\n  - type: detected\n    values: []\nodd: 1\n');
    await expectSoon(
      () =>
        page
          .getByTestId('studio')
          .evaluate((node) => node.querySelectorAll('[data-testid="text-problems"] .wrong').length > 0),
      true,
      'problems show',
    );
  }),
  studio('studio-versions', async (page) => {
    await page.getByTestId('studio-tab-versions').click();
    await shown(page, 'version-1');
  }),
  studio('studio-window', async (page) => {
    await press(page, '3');
    await page.getByTestId('window-kind-schedule').check({ force: true });
    await shown(page, 'next-runs');
  }),
  {
    name: 'studio-new',
    fills: ['empty', 'demo'],
    open: async (page) => {
      await press(page, 'g', 'r');
      await page.getByTestId('rule-new').first().click();
      await shown(page, 'studio');
    },
    close: leaveStudio,
  },
  {
    name: 'rules',
    open: async (page, fill) => {
      await press(page, 'g', 'r');
      await shown(page, fill === 'empty' ? 'rules-empty' : 'rule-row');
    },
  },
  {
    name: 'rules-selected',
    fills: MANY,
    open: async (page) => {
      await page.evaluate(() => window.tocsinFake.saveDraft('new:1', 'name: Half a thought\nconditions: []\n'));
      await press(page, 'g', 'r');
      await shown(page, 'rule-row');
      await press(page, 'j', 'x', 'j', 'x');
      await shown(page, 'rules-bulk');
      await shown(page, 'rule-draft');
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'rules-bulk');
      await page.evaluate(() => window.tocsinFake.removeDraft('new:1'));
    },
  },
  {
    name: 'rules-import',
    fills: ['demo'],
    open: async (page) => {
      await press(page, 'g', 'r');
      await shown(page, 'rule-row');
      await page.getByTestId('rule-import').click();
      const [known, fresh] = ['Exfiltration by one user', 'Uploads at night'].map(
        (name) => `name: ${name}\nconditions: [{type: hostname, values: [a.example]}]\n`,
      );
      await page.getByTestId('import-text').fill([known, fresh, 'name: Wrong\nconditions: []\n'].join('---\n'));
      await page.getByTestId('import-check').click();
      await page.getByTestId('import-rule').nth(2).waitFor();
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'rules-import');
    },
  },
  {
    name: 'catalogue',
    fills: ['demo'],
    open: async (page) => {
      await press(page, 'g', 'r');
      await page.getByTestId('rules-tab-catalogue').click();
      await page.getByText('Would have fired').first().waitFor();
    },
    close: async (page) => {
      await page.getByTestId('rules-tab-rules').click();
      await shown(page, 'rule-row');
    },
  },
  {
    name: 'why',
    fills: ['demo'],
    open: async (page) => {
      await press(page, '/');
      await page.keyboard.type('origin:rule');
      await press(page, 'Enter');
      await page.getByTestId('alert-row').getByText('Exfiltration by one user').first().click();
      await shown(page, 'peek-title');
      await press(page, 'w');
      await shown(page, 'why-value');
      await page.getByTestId('why-weigh').click();
      await shown(page, 'why-edit');
      await page.getByTestId('peek-content').evaluate((box) => box.scrollTo(0, 0));
    },
    close: async (page) => {
      await press(page, 'Escape');
      await gone(page, 'peek');
      await page.getByTestId('view-needs-me').click();
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
