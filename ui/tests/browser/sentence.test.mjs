// The bold words of a rule's sentence: each opens its control, and the rule follows.
import { assert, checkAccess, expectSoon } from './harness.mjs';
import { fake, inStudio, LIVE, press, sentence, settled, text, type } from './studio.mjs';

const held = (page) =>
  page.evaluate(() => {
    const { activeElement: at } = document;
    const inside = at?.closest('[data-testid="sentence-popover"]') ? 'popover ' : '';
    return inside + (at?.dataset.testid ?? at?.value ?? at?.tagName);
  });
const focused = (page, wanted, what) => expectSoon(() => held(page), wanted, what);
const popover = (page) => page.getByTestId('sentence-popover');
const inForm = (page, id) => page.locator(`[data-section] [data-testid="${id}"]`);
const word = (page, name) => page.getByTestId(`sentence-${name}`);
const says = (page, part) => expectSoon(async () => (await sentence(page)).includes(part), true, part);
const closed = (page) => popover(page).waitFor({ state: 'detached' });
/** Opens a word by its key. */
async function openWord(page, name, key = 'Enter') {
  await word(page, name).focus();
  await press(page, key);
  await popover(page).waitFor();
}
/** Where something is in the window. */
const box = (locator) => locator.evaluate((node) => node.getBoundingClientRect().toJSON());

export const tests = {
  'each bold word opens its control, and says what it is': inStudio(LIVE, async (page) => {
    const words = [
      ['trigger', 'Threshold', 'popover threshold'],
      ['condition-0', 'Condition', 'popover condition-0-values-true'],
      ['condition-1', 'Condition', 'popover condition-1-values-chip'],
      ['groupBy', 'Group by', 'popover group-add'],
      ['window', 'Window', 'popover window-count'],
      ['severity', 'Severity', 'popover severity-high'],
      ['channels', 'Channels', 'popover channel'],
      ['suppressFor', 'Suppression', 'popover suppress-for'],
    ];
    for (const [name, label, control] of words) {
      await word(page, name).click();
      await popover(page).waitFor();
      await focused(page, control, name);
      assert((await popover(page).getAttribute('aria-label')) === label, `${name} is named ${label}`);
      assert((await popover(page).getAttribute('role')) === 'dialog', 'a dialog');
      assert((await word(page, name).getAttribute('aria-haspopup')) === 'dialog', 'the word opens a dialog');
      assert((await word(page, name).getAttribute('aria-expanded')) === 'true', 'and has opened it');
      // On the word itself it closes again.
      await word(page, name).click();
      await closed(page);
      assert((await word(page, name).getAttribute('aria-expanded')) === 'false', 'it is closed');
    }
  }),

  'what a word is changed to is in the sentence, the form, the strip and the badges at once': inStudio(
    LIVE,
    async (page) => {
      const before = await text(page, 'effect-firings');
      await openWord(page, 'trigger');
      await focused(page, 'popover threshold', 'the number');
      // What stands there is selected: typing takes its place.
      await type(page, '9');
      await says(page, 'When at least 9 events');
      await expectSoon(() => inForm(page, 'threshold').inputValue(), '9', 'the form');
      await settled(page);
      await expectSoon(() => page.getByTestId('strip-canvas').getAttribute('data-drawn'), '9', 'the strip');
      assert((await text(page, 'effect-firings')) !== before, 'the badges');
      await press(page, 'Escape');
      await closed(page);
      await focused(page, 'sentence-trigger', 'the word has the focus again');
      await page.getByTestId('studio').waitFor();
      await press(page, 'Control+z');
      await says(page, 'When at least 4 events');
    },
  ),

  'words are gone through and changed by keyboard alone': inStudio(LIVE, async (page) => {
    await word(page, 'trigger').focus();
    await press(page, 'ArrowLeft', 'ArrowRight', 'ArrowRight', 'ArrowRight', 'ArrowRight');
    await focused(page, 'sentence-window', 'the arrows go from word to word');
    await press(page, 'Space');
    await focused(page, 'popover window-count', 'the length');
    await press(page, '5');
    await says(page, 'within any 5 minutes');
    // Back at the beginning is the word itself.
    await press(page, 'Shift+Tab', 'Shift+Tab');
    await closed(page);
    await focused(page, 'sentence-window', 'the word');
    await press(page, 'ArrowRight', 'Enter');
    await focused(page, 'popover severity-high', 'the severity as it is');
    await press(page, 'ArrowLeft');
    await says(page, 'raise critical');
    // At the end the next word.
    await press(page, 'Tab');
    await focused(page, 'popover sentence-form', 'the last of it');
    await press(page, 'Tab');
    await closed(page);
    await focused(page, 'sentence-channels', 'the next word');
    await press(page, 'Tab', 'Enter', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab');
    await closed(page);
    await focused(page, 'rule-name', 'behind the last word comes the form');
  }),

  'a click elsewhere closes it, and Escape leaves the studio open': inStudio(LIVE, async (page) => {
    await word(page, 'suppressFor').click();
    await focused(page, 'popover suppress-for', 'the duration');
    await popover(page).getByRole('button', { name: '8 h', exact: true }).click();
    await says(page, 'stay quiet 8 hours');
    await page.getByTestId('studio-title').click();
    await closed(page);
    await word(page, 'condition-1').click();
    await popover(page).getByTestId('condition-1-flip').click();
    await says(page, 'ICAP mode is not REQMOD');
    // From word to word with one click each.
    await word(page, 'severity').click();
    await focused(page, 'popover severity-high', 'the other word');
    await press(page, 'Escape');
    await focused(page, 'sentence-severity', 'the word');
  }),

  'a word that goes leaves its control open, and the focus a place': inStudio(LIVE, async (page) => {
    await openWord(page, 'groupBy');
    await popover(page).getByTestId('group-username').focus();
    await press(page, 'Enter');
    await expectSoon(() => word(page, 'groupBy').count(), 0, 'nothing to group by');
    await focused(page, 'popover group-add', 'the picker');
    await type(page, 'host');
    await press(page, 'Enter');
    await says(page, 'by the same host');
    await press(page, 'Escape');
    await closed(page);
    await focused(page, 'sentence-groupBy', 'the word that came');
    await openWord(page, 'groupBy');
    await popover(page).getByTestId('group-hostname').click();
    await press(page, 'Escape', 'Escape');
    await closed(page);
    await focused(page, 'sentence-window', 'what stands in its place');
    await openWord(page, 'condition-0');
    await popover(page).getByTestId('condition-0-remove').click();
    await closed(page);
    await says(page, 'where ICAP mode is REQMOD within');
    await focused(page, 'sentence-condition-0', 'the condition behind it');
    await openWord(page, 'condition-0');
    await popover(page).getByTestId('condition-0-remove').click();
    await focused(page, 'sentence-add', 'the place of one to be');
  }),

  'a new rule is said word by word': inStudio(null, async (page) => {
    await openWord(page, 'add');
    await focused(page, 'popover condition-0-field', 'the field');
    assert((await inForm(page, 'condition-0').count()) === 0, 'nothing is added by looking');
    await type(page, 'masked');
    await press(page, 'Enter');
    await focused(page, 'popover condition-0-values-true', 'its value');
    await press(page, 'Tab', 'Space');
    await says(page, 'where masked is false');
    assert((await inForm(page, 'condition-0').count()) === 1, 'the form has it');
    await press(page, 'Escape');
    await focused(page, 'sentence-condition-0', 'the word');
    // Sources are a word once there is one.
    await inForm(page, 'rule-source-gateway-events').click();
    await openWord(page, 'sources');
    await focused(page, 'popover rule-source-gateway-events', 'the source');
  }),

  'a word in trouble is marked, and says why': inStudio(LIVE, async (page) => {
    await openWord(page, 'trigger');
    await popover(page).getByTestId('threshold').fill('');
    await press(page, 'Escape');
    await expectSoon(() => word(page, 'trigger').getAttribute('title'), 'Say from how many on it fires.', 'why');
    const line = (name) => word(page, name).evaluate((node) => getComputedStyle(node).textDecorationStyle);
    assert((await line('trigger')) === 'wavy', await line('trigger'));
    assert((await line('window')) === 'solid', 'the others are not');
    await openWord(page, 'trigger');
    await popover(page).getByText('Say from how many on it fires.').waitFor();
    await type(page, '2');
    await expectSoon(() => word(page, 'trigger').getAttribute('title'), 'Change it', 'all is well');
    await press(page, 'Escape');
    // What may not be meant is marked as well.
    await openWord(page, 'condition-1');
    await popover(page).getByTestId('condition-1-values-chip').click();
    await press(page, 'Escape', 'Escape');
    await expectSoon(() => line('condition-1'), 'wavy', 'a condition without a value');
  }),

  'a channel that there is not is marked, taken off, and the one that there is told instead': inStudio(
    LIVE,
    async (page) => {
      await settled(page);
      const title = () => word(page, 'channels').getAttribute('title');
      assert((await title()).includes('There is no channel “soc-mail”, so nobody is told by it'), await title());
      await press(page, 'y');
      const area = page.getByTestId('rule-text');
      await area.fill((await area.inputValue()).replace(/ *- desktop\n|desktop, /, ''));
      await says(page, 'and tell soc-mail');
      await expectSoon(async () => (await title()).includes('nobody is told of what'), true, 'nobody at all');
      await word(page, 'channels').click();
      await popover(page).getByTestId('channel-add-desktop').click();
      await says(page, 'and tell desktop, soc-mail');
      await popover(page).getByTestId('channel').click();
      await says(page, 'and tell desktop, then');
      await expectSoon(title, 'Change it', 'all is well');
      await press(page, 'Escape');
      await focused(page, 'sentence-channels', 'the word');
    },
  ),

  'what does not fit into it is in the form': inStudio(LIVE, async (page) => {
    await word(page, 'window').click();
    assert((await popover(page).locator('canvas, svg.diagram').count()) === 0, 'no diagram here');
    await popover(page).getByTestId('sentence-form').click();
    await closed(page);
    await focused(page, 'window-count', 'the control of the form');
    assert((await fake(page, 'getRule', LIVE)).row.name === LIVE, 'and nothing else happened');
  }),

  'it stays where it is while the sentence grows': inStudio(LIVE, async (page) => {
    await openWord(page, 'condition-1');
    const where = await box(popover(page));
    await popover(page).getByTestId('condition-1-values-input').focus();
    for (const value of ['RESPMOD', 'OPTIONS', 'a value that is rather long to read']) {
      await type(page, value);
      await press(page, 'Enter');
    }
    await says(page, 'or 1 more');
    const after = await box(popover(page));
    const line = await box(page.getByTestId('sentence'));
    assert(after.x === where.x && after.width === where.width, `${where.x} ${after.x}`);
    assert(after.top >= line.bottom, 'all of it can be read');
  }),

  'it is in the window at 200 % too, and all of it can be reached': inStudio(
    LIVE,
    async (page) => {
      for (const name of ['window', 'trigger', 'condition-0', 'severity']) {
        await openWord(page, name);
        const { left, top, right, bottom } = await box(popover(page));
        assert(left >= 0 && top >= 0 && right <= 640 && bottom <= 400, `${name}: ${[left, top, right, bottom]}`);
        await checkAccess(page, `${name} at 200 %`);
        await popover(page).getByTestId('sentence-form').focus();
        await press(page, 'Escape');
        await closed(page);
      }
    },
    { viewport: { width: 640, height: 400 } },
  ),

  'it can be used by all in the dark': inStudio(
    LIVE,
    async (page) => {
      for (const name of ['trigger', 'condition-1', 'groupBy', 'window', 'severity', 'channels', 'suppressFor']) {
        await openWord(page, name);
        await checkAccess(page, name);
        await popover(page).getByTestId('sentence-form').focus();
        await press(page, 'Escape');
        await closed(page);
      }
    },
    { colorScheme: 'dark' },
  ),

  'what is chosen can be told where the desktop forces its colours': inStudio(
    LIVE,
    async (page) => {
      const ground = (locator) => locator.evaluate((node) => getComputedStyle(node).backgroundColor);
      const differ = async (one, other, what) => assert((await ground(one)) !== (await ground(other)), what);
      await openWord(page, 'condition-0');
      const value = (words) => popover(page).getByTestId(`condition-0-values-${words}`);
      await differ(value('true'), value('false'), 'a value');
      await press(page, 'Escape');
      await differ(page.getByTestId('section-intent'), page.getByTestId('section-noise'), 'a section');
      await differ(page.getByTestId('nav-rules'), page.getByTestId('nav-alerts'), 'a screen');
      await press(page, 'Escape', 'Escape');
      const row = page.locator(`[data-testid="rule-row"][data-rule="${LIVE}"]`);
      await differ(row.getByTestId('rule-state-live'), row.getByTestId('rule-state-off'), 'how a rule runs');
    },
    { forcedColors: 'active' },
  ),
};
