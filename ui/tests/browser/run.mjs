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
const { browser, base, close } = await launch(values.engine);
let passed = 0;
let failed = 0;

for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs'))) {
  const { tests } = await import(new URL(file, here).href);
  for (const [name, test] of Object.entries(tests)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const started = Date.now();
    try {
      await test({ browser, base });
      passed += 1;
      console.log(`ok    ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n${String(error?.stack ?? error).replaceAll(/^/gm, '      ')}`);
    }
  }
}

await close();
writeReport(screenshots);
if (passed + failed === 0) console.log('No test was found: that is a failure.');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
