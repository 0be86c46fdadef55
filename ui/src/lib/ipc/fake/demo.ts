/** The demo of the fake: two sources with ninety days of alerts, marked as such. */
import type { World } from './world';
import { Random } from './random';
import { makeSource } from './sources';

const DAY = 86_400_000;
const DAYS = 90;
const PER_DAY = 4;

export function plantDemo(world: World): void {
  const now = world.clock;
  const spec = { signIn: null, username: null, secret: null, origins: [] };
  const make = (kind: string, name: string) => ({
    ...makeSource({ ...spec, kind, name }, now - DAYS * DAY),
    demo: true,
  });
  const random = new Random(7);
  world.changeDemo([make('secure-access', 'demo-access'), make('alertmanager', 'demo-gateway')], () =>
    Array.from({ length: (DAYS * PER_DAY) / 2 }, () => now - Math.floor(random.next() * DAYS * DAY)),
  );
}

export function uprootDemo(world: World): void {
  world.changeDemo([], () => []);
}
