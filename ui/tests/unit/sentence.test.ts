// The words of a rule's sentence as controls: which is which, what is wrong with it, and where the keys go.
import { describe, expect, it } from 'vitest';
import { tabStops } from '../../src/components/ui/tabstops';
import { placeBeside } from '../../src/components/ui/place';
import { canGo, isChannel, toldBy, untold } from '../../src/lib/rule/channels';
import { blank, type Doc, emptyCondition, read } from '../../src/lib/rule/form';
import { kindsOf } from '../../src/lib/rule/kinds';
import { controlIn, troubleOf } from '../../src/lib/rule/places';
import { flaws } from '../../src/lib/rule/problems';
import { type Control, sentence, wordName } from '../../src/lib/rule/sentence';
import { unsaid } from '../../src/lib/rule/unsaid';

const NONE = new Map();
const FULL: Doc = {
  ...blank(),
  sources: ['proxy'],
  conditions: [
    { type: 'detected', values: ['true'] },
    { type: 'icap_mode', values: ['REQMOD'] },
  ],
  groupBy: ['username'],
};
const controls = (doc: Doc): Control[] => sentence(read(doc), NONE).flatMap((piece) => piece.control ?? []);

describe('the words of a sentence', () => {
  it('have a name each', () => {
    expect(controls(FULL).map(wordName)).toEqual([
      'trigger',
      'sources',
      'condition-0',
      'condition-1',
      'groupBy',
      'window',
      'severity',
      'channels',
      'suppressFor',
    ]);
  });
  it('keep it when the first condition comes to say something', () => {
    const first = (doc: Doc): Control | undefined => controls(doc)[1];
    const before = first(blank());
    const after = first({ ...blank(), conditions: FULL.conditions ?? [] });
    expect([before?.part, after?.part]).toEqual(['add', 'condition']);
    expect([before, after].map((control) => control && wordName(control))).toEqual(['condition-0', 'condition-0']);
  });

  const problem = (path: string) => ({ path, reason: 'why', remedy: '' });
  const check = (problems: string[], warnings: string[] = []) => ({
    valid: problems.length === 0,
    name: null,
    shield: false,
    document: null,
    problems: problems.map(problem),
    warnings: warnings.map(problem),
    advice: [],
    tests: [],
  });
  it.each<[Control, string]>([
    [{ part: 'trigger' }, '$.measure.field'],
    [{ part: 'trigger' }, '$.trigger.value'],
    [{ part: 'condition', at: 1 }, '$.conditions[1].values[0]'],
    [{ part: 'window' }, '$.thresholdTime'],
    [{ part: 'groupBy' }, '$.groupBy[0]'],
    [{ part: 'sources' }, '$.sources[0]'],
    [{ part: 'suppressFor' }, '$.suppressFor'],
  ])('know what is wrong with %o', (control, path) => {
    const found = check([path]);
    const trouble = troubleOf(
      control,
      flaws(found, [], [], () => true),
      found,
    );
    expect(trouble).toEqual({ wrong: true, words: ['Why.'] });
    const others = controls(FULL).filter((other) => wordName(other) !== wordName(control));
    expect(
      others.map((other) =>
        troubleOf(
          other,
          flaws(found, [], [], () => true),
          found,
        ),
      ),
    ).toEqual(others.map(() => null));
  });
  it('say what may not be meant where nothing is wrong', () => {
    const found = check([], ['$.channels[1]']);
    expect(troubleOf({ part: 'channels' }, [], found)).toEqual({ wrong: false, words: ['Why.'] });
  });
  it('are in no trouble before somebody was there', () => {
    const now = unsaid(read(blank()));
    const found = (asked: boolean) => flaws(null, now, now, () => asked);
    expect(troubleOf({ part: 'add' }, found(false), null)).toBeNull();
    expect(troubleOf({ part: 'add' }, found(true), null)?.wrong).toBe(true);
  });
});

describe('the fields that come first', () => {
  const field = (name: string, of: string[]) => [name, { name, label: name, kind: 'text', of, help: '' }] as const;
  const fields = new Map([field('a', ['alert', 'api.request']), field('b', ['api.request']), field('c', ['alert'])]);
  const on = (...types: string[]) => types.map((type) => ({ ...emptyCondition(), type }));
  it('are of the kinds that all conditions can be about', () => {
    expect(kindsOf(on('a'), fields)).toEqual(['alert', 'api.request']);
    expect(kindsOf(on('a', 'b', 'unheard of', ''), fields)).toEqual(['api.request']);
    expect(kindsOf(on('b', 'c'), fields)).toEqual([]);
    expect(kindsOf([], fields)).toEqual([]);
  });
});

describe('the control of a word', () => {
  const page = (html: string): HTMLElement => {
    const part = document.createElement('div');
    part.append(document.createRange().createContextualFragment(html));
    document.body.replaceChildren(part);
    return part;
  };
  it('is the first that is there, with its text selected', () => {
    const part = page('<input data-testid="threshold" value="12"><select data-testid="trigger-kind"></select>');
    const found = controlIn(part, { part: 'trigger' });
    expect(found?.dataset.testid).toBe('threshold');
    expect((found as HTMLInputElement).selectionEnd).toBe(2);
    part.firstElementChild?.remove();
    expect(controlIn(part, { part: 'trigger' })?.dataset.testid).toBe('trigger-kind');
    expect([controlIn(part, { part: 'add' }), controlIn(null, { part: 'trigger' })]).toEqual([null, null]);
  });
  it('is where Tab stops: one of radio buttons, nothing that is off', () => {
    const part = page(
      '<input type="radio" name="a" id="1"><input type="radio" name="a" id="2" checked>' +
        '<input type="radio" name="b" id="3"><button disabled id="4">x</button><button tabindex="-1" id="5">x</button>' +
        '<fieldset disabled><input id="6"></fieldset><p tabindex="0" id="7">x</p><a id="8">x</a>',
    );
    expect(tabStops(part).map((stop) => stop.id)).toEqual(['2', '3', '7']);
  });
});

describe('what opens beside a word', () => {
  const room = { width: 640, height: 400 };
  it('lies below the whole text, or above it, or as far in the window as it goes', () => {
    const at = (top: number, bottom: number, height: number) =>
      placeBeside({ left: 600, right: 620, top, bottom }, { width: 300, height }, room, 'below-start');
    expect(at(20, 80, 200)).toEqual({ x: 332, y: 84 });
    expect(at(250, 320, 200)).toEqual({ x: 332, y: 46 });
    expect(at(150, 250, 380)).toEqual({ x: 332, y: 12 });
  });
});

describe('channels', () => {
  it('are those that there are, and the desktop without a word', () => {
    expect([isChannel('desktop'), isChannel('Desktop'), isChannel('soc-mail')]).toEqual([true, true, false]);
    expect([toldBy([]), toldBy(['soc-mail'])]).toEqual([['desktop'], ['soc-mail']]);
    expect([untold([]), untold(['DESKTOP']), untold(['soc-mail'])]).toEqual([[], [], ['desktop']]);
  });
  it('can go but for the last that tells somebody', () => {
    expect(canGo('desktop', [])).toBe(false);
    expect(canGo('desktop', ['desktop', 'soc-mail'])).toBe(false);
    expect(canGo('soc-mail', ['desktop', 'soc-mail'])).toBe(true);
    expect(canGo('soc-mail', ['soc-mail'])).toBe(true);
  });
});
