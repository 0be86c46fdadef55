// Takes rules through the studio's form and text: a JSON text a line in, a JSON object of the ways a line out.
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { createServer } from 'vite';

const server = await createServer({
  root: new URL('../..', import.meta.url).pathname,
  configFile: false,
  appType: 'custom',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
  logLevel: 'error',
});
try {
  const { trip } = await server.ssrLoadModule('/tests/rules/roundtrip.ts');
  const lines = (await text(process.stdin)).split('\n').filter(Boolean);
  process.stdout.write(lines.map((line) => `${JSON.stringify(trip(line))}\n`).join(''));
} finally {
  await server.close();
}
