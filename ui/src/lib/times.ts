/** How this window shows times: in the zone of this machine or in UTC. Handed down through the context. */
import { getContext, setContext } from 'svelte';
import type { TimeStyle } from './text/time';

const KEY = Symbol('times');

export function provideTimes(read: () => TimeStyle): void {
  setContext(KEY, read);
}

/** A reading that follows the setting; local where nobody has set one. */
export function useTimes(): () => TimeStyle {
  return getContext<(() => TimeStyle) | undefined>(KEY) ?? (() => 'local');
}
