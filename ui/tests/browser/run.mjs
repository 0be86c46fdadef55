// Runs every test of `*.test.mjs` in the system's Chromium. A name as argument runs only the tests that hold it.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { launch, screenshots } from './harness.mjs';
import { writeReport } from './report.mjs';
import { serve } from './server.mjs';

const here = new URL('.', import.meta.url);
const wanted = process.argv.slice(2);
const server = await serve(fileURLToPath(new URL('../../dist-fake', here)));
const browser = await launch();
let passed = 0;
let failed = 0;

for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs'))) {
  const { tests } = await import(new URL(file, here).href);
  for (const [name, test] of Object.entries(tests)) {
    if (wanted.length > 0 && !wanted.some((part) => name.includes(part))) continue;
    const started = Date.now();
    try {
      await test({ browser, base: server.url });
      passed += 1;
      console.log(`ok    ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${name}\n${String(error?.stack ?? error).replaceAll(/^/gm, '      ')}`);
    }
  }
}

await browser.close();
server.close();
writeReport(screenshots);
if (passed + failed === 0) console.log('No test was found: that is a failure.');
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
