// Runs every test of `*.test.mjs`, in the system's Chromium or, with `--engine webkit`, in WebKitGTK. A name as
// argument runs only the tests that hold it.
import { readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ENGINES, launch, screenshots } from './harness.mjs';
import { writeReport } from './report.mjs';
import { onOwnScreen, runOnOwnScreen } from './webkit/desktop.mjs';

const here = new URL('.', import.meta.url);
const { values, positionals: wanted } = parseArgs({
  options: { engine: { type: 'string', default: 'chromium' } },
  allowPositionals: true,
});
if (!(values.engine in ENGINES)) throw new Error(`there is no engine ${values.engine}, only ${Object.keys(ENGINES)}`);
if (values.engine === 'webkit' && !onOwnScreen()) process.exit(runOnOwnScreen());

// What was started ends with this process, also when that is stopped.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
let passed = 0;
let failed = 0;
/**
 * WebKitGTK's driver loses a key or a click now and then, and after many pages stays that way: what fails there is
 * tried once more in a browser of its own, and that is said. Its windows share a screen and its focus, so that only
 * one test runs at a time; Chromium's pages each have a focus of their own.
 */
const { tries, lanes } = values.engine === 'webkit' ? { tries: 2, lanes: 1 } : { tries: 1, lanes: 2 };
const again = [];

/** Runs a test until it passes or has been tried often enough; answers whether it passed. */
async function passes(lane, name, test) {
  for (let left = tries; left > 0; left -= 1) {
    const started = Date.now();
    try {
      await test({ browser: lane.browser, base: lane.base });
      console.log(`ok    ${name} (${Date.now() - started} ms)`);
      return true;
    } catch (error) {
      if (left > 1) {
        again.push(name);
        await lane.close();
        Object.assign(lane, await launch(values.engine));
      }
      const word = left > 1 ? 'again' : 'FAIL ';
      console.log(`${word} ${name}\n${String(error?.stack ?? error).replaceAll(/^/gm, '      ')}`);
    }
  }
  return false;
}

const waiting = [];
for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs'))) {
  const { tests } = await import(new URL(file, here).href);
  const all = Object.entries(tests);
  waiting.push(...all.filter(([name]) => wanted.length === 0 || wanted.some((part) => name.includes(part))));
}

/** A browser that takes one test after the other until none waits. */
async function work() {
  const lane = await launch(values.engine);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (await passes(lane, ...next)) passed += 1;
    else failed += 1;
  }
  await lane.close();
}
await Promise.all(Array.from({ length: lanes }, work));
writeReport(screenshots);
if (passed + failed === 0) console.log('No test was found: that is a failure.');
if (again.length > 0) console.log(`Tried twice: ${again.join('; ')}`);
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
