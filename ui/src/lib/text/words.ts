/** The domain's words as people read them. Unknown words from a newer engine are shown as they come. */

export const SEVERITIES = ['critical', 'high', 'unknown', 'medium', 'low', 'informational'] as const;
export type Severity = (typeof SEVERITIES)[number];

const SEVERITY_LABELS: Record<Severity, string> = {
  critical: 'Critical',
  high: 'High',
  unknown: 'Unknown',
  medium: 'Medium',
  low: 'Low',
  informational: 'Info',
};

/** Anything unrecognised is `unknown`, as in the engine. */
export const asSeverity = (word: string): Severity => SEVERITIES.find((known) => known === word) ?? 'unknown';
export const severityLabel = (word: string): string => SEVERITY_LABELS[asSeverity(word)];
/** 0 is the worst. */
export const severityRank = (word: string): number => SEVERITIES.indexOf(asSeverity(word));

export const STATUSES = ['new', 'acknowledged', 'closed'] as const;
export type Status = (typeof STATUSES)[number];
const STATUS_LABELS: Record<Status, string> = { new: 'New', acknowledged: 'Acknowledged', closed: 'Closed' };
export const statusLabel = (word: string): string => STATUS_LABELS[word as Status] ?? word;

/** In the order of their keys, 1 to 6. */
export const CLOSE_REASONS = [
  'true-positive',
  'benign',
  'false-positive',
  'duplicate',
  'informational',
  'other',
] as const;
const REASONS: Record<string, { label: string; hint: string }> = {
  'true-positive': { label: 'True positive', hint: 'A real threat, dealt with' },
  benign: { label: 'Benign', hint: 'It happened, and it was meant to' },
  'false-positive': { label: 'False positive', hint: 'It did not happen as reported' },
  duplicate: { label: 'Duplicate', hint: 'Another alert covers it' },
  informational: { label: 'Informational', hint: 'Good to know, nothing to do' },
  other: { label: 'Other', hint: 'The note says why' },
  'source-resolved': { label: 'Resolved by the source', hint: '' },
  expired: { label: 'Expired', hint: '' },
};
export const reasonLabel = (word: string): string => REASONS[word]?.label ?? word;
export const reasonHint = (word: string): string => REASONS[word]?.hint ?? '';

const SIGN_INS: Record<string, string> = {
  basic: 'User name and password',
  bearer: 'Bearer token',
  'address-token': 'Token in the address',
};
export const signInLabel = (word: string): string => SIGN_INS[word] ?? word;

const numbers = new Intl.NumberFormat('en-GB');
export const number = (value: number): string => numbers.format(value);

const shortNumbers = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });
/** “5,000”, “20K”, “1.5M”: four digits in full, more as short as an axis needs it. */
export const shortNumber = (value: number): string => (value < 10_000 ? number(value) : shortNumbers.format(value));

/** “1 alert”, “3 alerts”. */
export const count = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`;

/** “512 bytes”, “12 KB”, “1.4 MB”, “2.1 GB”; of a thousand each, as disks count. */
export function bytes(size: number): string {
  if (size < 1_000) return count(size, 'byte');
  if (size < 1_000_000) return `${number(Math.round(size / 1_000))} KB`;
  if (size < 1_000_000_000) return `${(size / 1_000_000).toFixed(1)} MB`;
  return `${(size / 1_000_000_000).toFixed(1)} GB`;
}

/** With a great letter at its beginning, as a sentence has it. */
export const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
/** With both of its ends as a sentence has them. */
export const asSentence = (text: string): string => capital(/[.!?]$/.test(text) ? text : `${text}.`);
