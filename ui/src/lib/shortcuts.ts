/**
 * Every key of the window in one table: the sheet lists it and the palette offers it. The palette does a thing by
 * pressing its key, so what it offers is what the key does.
 */

export interface Shortcut {
  keys: string;
  what: string;
  /** Where the key works; everywhere without. */
  screen?: 'alerts' | 'rules';
  /** Listed, but nothing that the palette could press. */
  listed?: true;
  /** Other words people look for. */
  also?: string;
}
export interface ShortcutGroup {
  title: string;
  keys: Shortcut[];
}

export const SHORTCUTS: ShortcutGroup[] = [
  {
    title: 'Move',
    keys: [
      { keys: 'j', what: 'Next alert (or ↓), next source', listed: true },
      { keys: 'k', what: 'Alert before (or ↑), source before', listed: true },
      { keys: 'Enter', what: 'Open the alert and go to it', screen: 'alerts', listed: true },
      { keys: 'Space', what: 'Show it beside the list, or not', screen: 'alerts', listed: true },
      { keys: 'w', what: 'Why it came, and what happened to it', screen: 'alerts', also: 'timeline activity history' },
      { keys: 'i', what: 'Whom it is about', screen: 'alerts', also: 'who entity address user key endpoint host' },
      { keys: 'Alt+←', what: 'Back in the panel (→ forward)', screen: 'alerts', listed: true },
      { keys: 'Esc', what: 'Close the panel, then clear the selection', listed: true },
      { keys: 'Home', what: 'First alert', screen: 'alerts', also: 'top newest' },
      { keys: 'End', what: 'Last alert', screen: 'alerts', also: 'bottom oldest' },
      { keys: '.', what: 'Let new alerts in', screen: 'alerts', also: 'refresh reload' },
    ],
  },
  {
    title: 'Act on the alert or the selection',
    keys: [
      { keys: 'a', what: 'Acknowledge', screen: 'alerts', also: 'take' },
      { keys: 's', what: 'Snooze, then 1 to 5', screen: 'alerts', also: 'later mute' },
      { keys: 'e', what: 'Close, then 1 to 6 for the reason', screen: 'alerts', also: 'resolve done' },
      { keys: 'o', what: 'Reopen', screen: 'alerts' },
      { keys: 'n', what: 'Write a note', screen: 'alerts', also: 'comment' },
      { keys: 'r', what: 'New rule from this alert', screen: 'alerts', also: 'detect watch like' },
      { keys: 'z', what: 'Undo (or Ctrl+Z)', also: 'take back' },
    ],
  },
  {
    title: 'Select',
    keys: [
      { keys: 'x', what: 'Select, or not', screen: 'alerts' },
      { keys: 'Shift+J', what: 'Select on the way (or K, arrows, click)', screen: 'alerts', listed: true },
      { keys: 'Ctrl+A', what: 'Select what is loaded, then all that match', screen: 'alerts', also: 'everything' },
      { keys: '→', what: 'Go to a value of the alert', screen: 'alerts', listed: true },
      { keys: 'm', what: 'What can be done with it (or Menu)', screen: 'alerts', also: 'context menu' },
    ],
  },
  {
    title: 'Find',
    keys: [
      { keys: '/', what: 'Search', screen: 'alerts', also: 'find filter query' },
      { keys: '1', what: 'First view (up to 9)', screen: 'alerts', listed: true },
      { keys: 'v', what: 'Save what is shown as a view', screen: 'alerts', also: 'new view name keep' },
      { keys: 'f', what: 'Go to the filters (Shift+F hides them)', screen: 'alerts', also: 'facets' },
      { keys: 'F', what: 'Show or hide the filters', screen: 'alerts', also: 'facets rail' },
      { keys: 't', what: 'Choose the time', screen: 'alerts', also: 'period range date last hours days' },
      { keys: 'h', what: 'Go to the bars over time', screen: 'alerts', also: 'histogram chart brush' },
      { keys: 'H', what: 'Show or hide the bars over time', screen: 'alerts', also: 'histogram chart' },
      { keys: 'Ctrl+K', what: 'Find a command, a view, a rule, a source, an alert', listed: true },
    ],
  },
  {
    title: 'Rules',
    keys: [
      { keys: 'c', what: 'New rule (or n)', screen: 'rules', also: 'create add write' },
      { keys: 'Enter', what: 'Open the rule in the studio', screen: 'rules', listed: true },
      { keys: '1', what: 'Off (2 shadow, 3 live)', screen: 'rules', listed: true },
      { keys: 'x', what: 'Select the rule, or not', screen: 'rules', listed: true },
      { keys: 'd', what: 'Duplicate the rule', screen: 'rules', listed: true },
      { keys: 'e', what: 'Export the rule or the selection', screen: 'rules', listed: true },
      { keys: 'Del', what: 'Remove the rule or the selection', screen: 'rules', listed: true },
      { keys: '/', what: 'Search rules', screen: 'rules', also: 'find' },
      { keys: 'Ctrl+V', what: 'Import the rules that were copied', screen: 'rules', listed: true },
    ],
  },
  {
    title: 'Go',
    keys: [
      { keys: 'g a', what: 'Alerts', also: 'go home list' },
      { keys: 'g r', what: 'Rules', also: 'go detections conditions' },
      { keys: 'g s', what: 'Sources', also: 'go systems connections' },
      { keys: 'g c', what: 'Settings', also: 'go configuration preferences options' },
      { keys: '?', what: 'All keys', also: 'help shortcuts keyboard' },
    ],
  },
];

const NAMES: Record<string, string> = { Esc: 'Escape' };

/** Presses the keys of a shortcut, as if a person had, outside of anything that would take them as text. */
export function press(keys: string, target: EventTarget = document.body): void {
  for (const part of keys.split(' ')) {
    const ctrlKey = part.startsWith('Ctrl+');
    const bare = ctrlKey ? part.slice(5).toLowerCase() : part;
    const key = NAMES[bare] ?? bare;
    target.dispatchEvent(new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }));
  }
}
