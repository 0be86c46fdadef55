// Rules as text, and back again.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { exportLines } from '../../src/components/rule/list/exports';
import { FakeClient } from '../../src/lib/ipc/fake';
import type { Doc } from '../../src/lib/rule/form';
import { docOf } from '../../src/lib/rules/entry';
import { printRules, type RuleFormat } from '../../src/lib/rules/print';
import { split } from '../../src/lib/rules/split';
import { App } from '../../src/lib/state/app.svelte';

const NOW = Date.UTC(2026, 10, 22, 12);
const FORMATS: RuleFormat[] = ['json', 'yaml'];
const back = (text: string): (Doc | null)[] => split(text, 'rules').map(({ doc }) => doc);
const odd = (value: string): Doc => ({
  name: value,
  description: `first\nsecond: ${value}\n---\n`,
  conditions: [{ type: 'hostname', values: [value, `#${value}`, `${value}:`], isNot: true }],
  trigger: { kind: 'atLeast', value: 2.5 },
  window: null,
});
const ODD = [
  'no',
  'null',
  '1e3',
  '0x1f',
  ' x ',
  '- a',
  '{a: b}',
  '"',
  "it's",
  '*',
  '&a',
  '!tag',
  '%',
  '@',
  '`',
  '~',
  'ä\u2028',
];

describe.each(FORMATS)('rules as %s', (format) => {
  it.each(ODD)('say “%s” as it is', (value) => {
    expect(back(printRules([odd(value)], format))).toEqual([odd(value)]);
  });
  it('are taken apart again, however many', () => {
    const many = ODD.map(odd);
    expect(back(printRules(many, format))).toEqual(many);
    expect(back(printRules(many.slice(0, 2), format))).toEqual(many.slice(0, 2));
  });
  it('are the same to the product, those that are kept', async () => {
    const rows = await new FakeClient({ now: () => NOW }).listRules();
    const docs = rows.map(({ document }) => docOf(document));
    expect(docs.length).toBeGreaterThan(2);
    expect(back(printRules(docs, format))).toEqual(docs);
  });
});

describe('the list', () => {
  afterEach(() => vi.unstubAllGlobals());
  const make = async (writeText: (text: string) => Promise<void>) => {
    vi.stubGlobal('navigator', { clipboard: { writeText } });
    const app = new App(new FakeClient({ now: () => NOW }), () => NOW);
    await app.rules.load();
    return app;
  };

  it('copies those that are named, or all', async () => {
    const written: string[] = [];
    const app = await make(async (text) => void written.push(text));
    const two = app.rules.names.slice(0, 2);
    await app.rules.copy(two, 'yaml');
    await app.rules.copy([], 'json');
    expect(back(written[0] ?? '').map((doc) => doc?.name)).toEqual(two);
    expect(back(written[1] ?? '').map((doc) => doc?.name)).toEqual(app.rules.names);
    expect(app.toasts.list.map(({ text }) => text)).toEqual([
      'Copied 2 rules as YAML',
      `Copied ${app.rules.names.length} rules as JSON`,
    ]);
  });
  it('saves a file of either form', async () => {
    const app = await make(() => Promise.resolve());
    const [first] = app.rules.names;
    const lines = exportLines(app.rules, first === undefined ? [] : [first]);
    for (const id of ['save-json', 'save-yaml']) lines.find((line) => line?.id === id)?.run?.();
    await new Promise((done) => setTimeout(done));
    const said = app.toasts.list.map(({ text, details }) => [text, details?.[0]?.split('/').at(-1)]);
    expect(said).toEqual([
      ['Exported 1 rule', 'rules.json'],
      ['Exported 1 rule', 'rules.yaml'],
    ]);
  });
  it('says when the clipboard is shut', async () => {
    document.execCommand = () => false;
    const app = await make(() => Promise.reject(new Error('no')));
    await app.rules.copy([], 'yaml');
    expect(app.toasts.list.at(-1)).toMatchObject({ tone: 'danger' });
  });
});
