/** What a retention removes, in words. */
import type { RetentionView } from '../ipc/client';
import { dayOf, type TimeStyle } from './time';
import { bytes, count } from './words';

/** “1,204 alerts”, and what else goes where no alert does. */
export function retentionTotal({ alerts, deliveries, quarantined }: RetentionView): string {
  if (alerts > 0 || deliveries + quarantined === 0) return count(alerts, 'alert');
  return deliveries > 0 ? count(deliveries, 'old delivery', 'old deliveries') : count(quarantined, 'unreadable part');
}

/** “1,204 alerts and 14 MB would go now. …” `size` is the database's, in bytes. */
export function retentionSentence(view: RetentionView, size: number | null, style: TimeStyle): string {
  const { alerts, deliveries, quarantined, bytesFreed, oldestKept, keptOpen } = view;
  const now = size === null ? '' : ` The database has ${bytes(size)}.`;
  if (alerts + deliveries + quarantined === 0) {
    return `Nothing would go now.${now}${openSentence(keptOpen)}`;
  }
  const oldest = oldestKept === null ? '' : ` The oldest that stays is from ${dayOf(oldestKept, style)}.`;
  return `Now ${retentionTotal(view)} would go, which frees about ${bytes(bytesFreed)}.${now}${oldest}${openSentence(keptOpen)} This happens once a day by itself.`;
}

function openSentence(keptOpen: number): string {
  if (keptOpen === 0) return '';
  return keptOpen === 1
    ? ' One old alert stays because it is open.'
    : ` ${count(keptOpen, 'old alert')} stay because they are open.`;
}
