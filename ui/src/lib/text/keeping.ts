/** What a retention removes, in words. */
import type { RetentionView } from '../ipc/client';
import { dayOf, type TimeStyle } from './time';
import { bytes, count } from './words';

/** Whether a retention removes nothing. */
export function retentionIsEmpty({ alerts, deliveries, quarantined, events }: RetentionView): boolean {
  return alerts + deliveries + quarantined + events === 0;
}

/** “1,204 alerts and 3 events of feeds”, and what else goes where neither does. */
export function retentionTotal(view: RetentionView): string {
  const { alerts, deliveries, quarantined, events } = view;
  const feeds = count(events, 'event of a feed', 'events of feeds');
  if (events > 0) return alerts > 0 ? `${count(alerts, 'alert')} and ${feeds}` : feeds;
  if (alerts > 0 || retentionIsEmpty(view)) return count(alerts, 'alert');
  return deliveries > 0 ? count(deliveries, 'old delivery', 'old deliveries') : count(quarantined, 'unreadable part');
}

/** “1,204 alerts and 14 MB would go now. …” `size` is the database's, in bytes. */
export function retentionSentence(view: RetentionView, size: number | null, style: TimeStyle): string {
  const { bytesFreed, oldestKept, keptOpen } = view;
  const now = size === null ? '' : ` The database has ${bytes(size)}.`;
  if (retentionIsEmpty(view)) return `Nothing would go now.${now}${openSentence(keptOpen)}`;
  const oldest = oldestKept === null ? '' : ` The oldest that stays is from ${dayOf(oldestKept, style)}.`;
  return `Now ${retentionTotal(view)} would go, which frees about ${bytes(bytesFreed)}.${now}${oldest}${openSentence(keptOpen)} This happens once a day by itself.`;
}

function openSentence(keptOpen: number): string {
  if (keptOpen === 0) return '';
  return keptOpen === 1
    ? ' One old alert stays because it is open.'
    : ` ${count(keptOpen, 'old alert')} stay because they are open.`;
}
