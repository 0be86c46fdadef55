// The rule studio by keyboard alone, and by the hand that drags.
import { assert, checkAccess, expectSoon } from './harness.mjs';
import { condition, document_, fake, inStudio, LIVE, press, sentence, settled, text, type } from './studio.mjs';

export const tests = {
  'a rule is written, saved and made live by keyboard alone': inStudio(null, async (page) => {
    await expectSoon(() => page.evaluate(() => document.activeElement?.dataset.testid), 'rule-name', 'focus');
    await type(page, 'Uploads of health records');
    await press(page, 'Tab');
    await type(page, 'What must not leave');
    await press(page, 'Escape');
    await condition(page, 'data types found', 0);
    await type(page, 'phi-uuid');
    await press(page, 'Enter', 'Escape');
    await condition(page, 'masked', 1);
    await press(page, 'Tab', 'Space');
    await press(page, 'd');
    await type(page, '1');
    await press(page, 'Escape', 't', 'ArrowUp', 'ArrowUp', 'b');
    await type(page, 'user');
    await press(page, 'Enter', 'Escape');
    await expectSoon(
      () => sentence(page),
      'When at least 3 events where data types found has phi-uuid and masked is false by the same user ' +
        'within any 1 minute, raise medium and tell desktop, then stay quiet 1 minute for that user.',
      'the sentence',
    );
    await press(page, 'Control+s');
    await expectSoon(() => text(page, 'studio-state'), 'Shadow', 'how it runs');
    const doc = await document_(page, 'Uploads of health records');
    assert(
      doc.trigger.value === 3 && doc.groupBy[0] === 'username' && doc.window.thresholdTime === '1',
      JSON.stringify(doc),
    );
    await page.getByTestId('promote').focus();
    await press(page, 'Enter');
    await expectSoon(() => text(page, 'studio-state'), 'Live', 'how it runs');
    await press(page, 'Escape');
    await page.getByTestId('studio').waitFor({ state: 'detached' });
  }),

  'the threshold is dragged, and the numbers follow': inStudio(LIVE, async (page) => {
    const before = await text(page, 'effect-firings');
    const handle = await page.getByTestId('threshold-handle').boundingBox();
    await page.mouse.move(handle.x + 20, handle.y + 8);
    await page.mouse.down();
    for (let step = 1; step <= 6; step += 1) await page.mouse.move(handle.x + 20, handle.y + 8 - step * 8);
    await page.mouse.up();
    await settled(page);
    const set = await page.getByTestId('threshold').inputValue();
    assert(Number(set) > 4, `the field follows: ${set}`);
    await expectSoon(() => page.getByTestId('strip-canvas').getAttribute('data-drawn'), set, 'what is drawn');
    assert((await text(page, 'effect-firings')) !== before, 'other firings');
    const doc = JSON.stringify({ ...(await document_(page, LIVE)), trigger: { kind: 'atLeast', value: Number(set) } });
    const { from, to } = await page.evaluate(() => ({ from: 0, to: Date.now() + 60_000 }));
    const found = await fake(page, 'previewRule', { document: doc, rule: LIVE, from, to, buckets: 10 });
    await expectSoon(
      () => page.getByTestId('strip-canvas').getAttribute('data-firings'),
      String(found.effect.firings),
      'the numbers',
    );
    const words = await page.getByTestId('threshold-handle').getAttribute('aria-valuetext');
    assert(/^threshold, \d+, \w+ firings? a (day|week|month)$/.test(words), words);
    await press(page, 'Escape', 'Control+z');
    await expectSoon(() => page.getByTestId('threshold').inputValue(), '4', 'the whole drag is undone');
  }),

  'a new rule asks quietly, and says what is missing once one has left it or saves': inStudio(null, async (page) => {
    const state = (section) => () => page.getByTestId(`section-${section}`).getAttribute('data-state');
    const alerts = async () => (await page.getByTestId('studio').getByRole('alert').allTextContents()).join();
    await expectSoon(state('noise'), 'done', 'it was checked');
    assert((await state('intent')()) === 'open' && (await state('review')()) === 'open', 'nothing is wrong yet');
    assert((await alerts()) === '', `no mistake yet: ${await alerts()}`);
    assert((await text(page, 'lint')).includes('Give the rule a name.'), 'the review says what is to come');
    // The name is left, conditions are not reached.
    await press(page, 'Tab');
    await expectSoon(alerts, 'Give the rule a name.', 'what was left');
    await expectSoon(state('intent'), 'wrong', 'the rail');
    assert((await state('conditions')()) === 'open', 'nobody was there');
    await press(page, 'Shift+Tab');
    await type(page, 'Named');
    await expectSoon(alerts, '', 'it has a name');
    // A save goes to what is missing.
    await press(page, 'Control+s');
    await page.getByText('Not saved: Add at least one condition').waitFor();
    await expectSoon(() => page.evaluate(() => document.activeElement?.dataset.testid), 'condition-add', 'focus');
    await press(page, 'Enter');
    await expectSoon(() => page.getByTestId('condition-0').getByRole('alert').count(), 0, 'a new row asks quietly');
  }),

  'form and text are one rule, and a mistake stands at its line': inStudio(LIVE, async (page) => {
    await press(page, 'y');
    const area = page.getByTestId('rule-text');
    const written = await area.inputValue();
    await area.fill(`# because\n${written.replace('value: 4', 'value: 6')}`);
    await expectSoon(() => page.getByTestId('threshold').inputValue(), '6', 'the form follows');
    await page.getByTestId('suppress-for').fill('2h');
    await expectSoon(async () => (await area.inputValue()).includes('suppressFor: "2h"'), true, 'the text follows');
    assert((await area.inputValue()).startsWith('# because'), 'the comment stays');
    await area.fill(written.replace('values: [REQMOD]', 'values: []'));
    await expectSoon(
      async () => (await text(page, 'text-problems')).includes('Line 9'),
      true,
      'the line of the mistake',
    );
    await expectSoon(() => page.getByTestId('section-conditions').getAttribute('data-state'), 'wrong', 'the rail');
    await area.fill('name: [');
    await expectSoon(async () => (await text(page, 'text-problems')).includes('Line 1'), true, 'what cannot be read');
    // The form waits, and shows what could be read last, until one goes on or goes back.
    await page.getByTestId('studio-unreadable').waitFor();
    await page.getByTestId('studio-readable').click();
    await page.getByTestId('studio-unreadable').waitFor({ state: 'detached' });
    assert(!(await area.inputValue()).includes('name: ['), 'the last that could be read');
  }),

  'a stretch without events says so, and leads to all of history': inStudio(LIVE, async (page) => {
    await page.evaluate(() => {
      const fake = window.tocsinFake;
      const preview = fake.previewRule.bind(fake);
      const first = Date.now() - 400 * 86_400_000;
      fake.previewRule = async (spec) => {
        const found = await preview(spec);
        // All of it lies before the last three months.
        return { ...found, effect: { ...found.effect, first, last: first + 86_400_000 } };
      };
    });
    await page.getByTestId('studio-stretch').selectOption('30');
    await page.getByTestId('history-older').waitFor();
    await page.getByTestId('history-older').getByRole('button').click();
    await page.getByTestId('effect').waitFor();
    assert((await page.getByTestId('studio-stretch').inputValue()) === '0', 'all history is chosen');
    await page.evaluate(() => {
      const fake = window.tocsinFake;
      const preview = fake.previewRule.bind(fake);
      fake.previewRule = async (spec) => {
        const found = await preview(spec);
        return { ...found, effect: { ...found.effect, events: 0, first: null, last: null } };
      };
    });
    await page.getByTestId('studio-stretch').selectOption('7');
    await page.getByTestId('history-none').waitFor();
  }),

  'what may not be meant is said where it stands, and a channel is taken off': inStudio(LIVE, async (page) => {
    await condition(page, 'icap mode', 2);
    await type(page, 'REQMOD');
    await press(page, 'Enter', 'Escape');
    await page.getByTestId('condition-2-flip').click();
    await page.getByTestId('condition-2').getByText('never hold together').waitFor();
    await expectSoon(() => page.getByTestId('section-conditions').getAttribute('data-state'), 'warned', 'the rail');
    assert((await sentence(page)).includes('tell desktop, soc-mail'), await sentence(page));
    await page.getByTestId('channel').click();
    await expectSoon(async () => (await sentence(page)).includes('tell desktop, then'), true, 'the channel is gone');
  }),

  'a condition takes a list by its name, and a value that looks like one as itself': inStudio(null, async (page) => {
    await page.evaluate(() => {
      const fake = window.tocsinFake;
      fake.ruleValues = async () => [{ value: 'list:odd*', count: 3 }];
    });
    await press(page, 'Escape');
    await condition(page, 'user', 0);
    await type(page, 'partn');
    await page.getByTestId('condition-0-values-input').waitFor();
    await page.getByText('14 values').waitFor();
    await press(page, 'ArrowDown', 'ArrowDown', 'Enter');
    await expectSoon(async () => (await sentence(page)).includes('user is the list partners'), true, 'the list');
    await type(page, 'odd');
    await press(page, 'ArrowDown', 'Enter', 'Escape', 'y');
    const area = page.getByTestId('rule-text');
    await expectSoon(async () => (await area.inputValue()).includes('list:partners'), true, 'the text');
    assert((await area.inputValue()).includes(String.raw`\list:odd\*`), await area.inputValue());
  }),

  'an event says why it does not fire, and is kept as a test': inStudio(LIVE, async (page) => {
    await press(page, 'w');
    await page.getByTestId('why-event').first().focus();
    await press(page, 'Enter');
    await page.getByTestId('why').waitFor();
    assert((await text(page, 'why')).includes('Conditions'), 'the stages are said');
    await page.getByTestId('pin-fires').focus();
    await press(page, 'Enter');
    await page.getByTestId('studio-tab-tests').click();
    await expectSoon(() => page.getByTestId('tests').locator('li').count(), 1, 'a test');
  }),

  'what was not saved is there after a start, and can be thrown away': inStudio(LIVE, async (page) => {
    await page.getByTestId('rule-name').fill('Half done');
    await expectSoon(() => page.getByTestId('studio-kept').getAttribute('data-kept'), 'true', 'the draft');
    await press(page, 'Escape', 'Escape');
    await page.getByTestId('studio').waitFor({ state: 'detached' });
    await page.getByTestId('rule-open').filter({ hasText: LIVE }).first().click();
    await page.getByTestId('studio-restored').waitFor();
    assert((await page.getByTestId('rule-name').inputValue()) === 'Half done', 'what was typed');
    await page.getByTestId('studio-discard').click();
    await expectSoon(() => page.getByTestId('rule-name').inputValue(), LIVE, 'what is kept');
  }),

  'a version of before is restored, and the difference is said': inStudio(LIVE, async (page) => {
    await press(page, 'v');
    await page.getByRole('button', { name: 'Version 2' }).click();
    await page.getByTestId('version-effect').waitFor();
    const effect = await text(page, 'version-effect');
    assert(/^On your data \d+ firings and .* before it: \d+ firings/.test(effect), effect);
    await page.getByTestId('restore-1').focus();
    await press(page, 'Enter');
    await expectSoon(() => page.getByTestId('threshold').inputValue(), '6', 'what version 1 said');
    await page.getByTestId('version-3').waitFor();
    assert((await text(page, 'version-3')).includes('at least 4 events'), await text(page, 'version-3'));
  }),

  'every control of the studio has a name, at 200 % too': inStudio(
    LIVE,
    async (page) => {
      await checkAccess(page, 'studio at 200 %');
      const nameless = await page.evaluate(() =>
        [...document.querySelectorAll('[data-testid="studio"] :is(button, input, select, textarea, [role="slider"])')]
          .filter((node) => {
            const name = node.getAttribute('aria-label') ?? node.textContent ?? '';
            const labelled = node.labels?.length > 0 || node.title !== '';
            return name.trim() === '' && !labelled;
          })
          .map((node) => `${node.tagName} ${node.dataset.testid ?? node.className}`),
      );
      assert(nameless.length === 0, nameless.join('\n'));
    },
    { viewport: { width: 640, height: 400 } },
  ),
};
