/**
 * The fake as the address asks for it: `?alerts=100000`, `?alerts=0`, `?sources=0`, `?live=5` (seconds),
 * `?demo`, `?theme=dark`, `?density=compact`, `?times=utc`, `?rules=500`, `?fired=12` (alerts of rules).
 */
import { FakeClient } from '../fake';
import { HOSTILE_TITLES } from './generate';

declare global {
  interface Window {
    /** For tests and for playing in the browser's console. */
    tocsinFake?: FakeClient;
  }
}

export function startFake(asked: URLSearchParams): FakeClient {
  const client = new FakeClient({
    alerts: Number(asked.get('alerts') ?? 300),
    sources: asked.get('sources') !== '0',
    rules: asked.has('rules') ? Number(asked.get('rules')) : undefined,
    fired: Number(asked.get('fired') ?? 0),
  });
  if (asked.has('hostile')) {
    HOSTILE_TITLES.forEach((title, index) => client.deliver(1, { title, entity: title }, Date.now() - index * 1000));
  }
  for (const name of ['theme', 'density', 'times'] as const) {
    const value = asked.get(name);
    if (value !== null) client.begin(name, value);
  }
  if (asked.has('demo')) void client.loadDemo();
  const seconds = Number(asked.get('live') ?? 0);
  if (seconds > 0) setInterval(() => client.deliver(1), seconds * 1000);
  window.tocsinFake = client;
  return client;
}
