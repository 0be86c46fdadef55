/** How a source is doing, in one line. */
import type { SourceView } from '../../lib/ipc/client';
import { relative } from '../../lib/text/time';

export interface StateLine {
  text: string;
  tone: 'waiting' | 'good' | 'warning';
}

export function stateLine(source: SourceView, now: number): StateLine {
  if (source.lastDeliveryAt === null) {
    return source.refused.length > 0
      ? { text: 'Only refused deliveries so far', tone: 'warning' }
      : { text: 'Waiting for the first delivery', tone: 'waiting' };
  }
  const last = `Last delivery ${relative(source.lastDeliveryAt, now)}`;
  const refusedSince = source.refused.some((one) => one.lastAt > (source.lastDeliveryAt ?? 0));
  return refusedSince ? { text: `${last}, refused since`, tone: 'warning' } : { text: last, tone: 'good' };
}
