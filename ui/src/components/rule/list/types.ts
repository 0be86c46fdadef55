/** What a row of the list can ask for. */
import type { RuleState } from '../../../lib/ipc/client';

export interface RowDoes {
  open: (name: string) => void;
  state: (name: string, state: RuleState) => void;
  select: (name: string) => void;
  menu: (name: string, at: { x: number; y: number } | HTMLElement) => void;
  /** Shows the alerts that a number counts. */
  alerts: (name: string, more: string) => void;
  cursor: (name: string) => void;
}

/** The columns; the list and its head share them. */
export const COLUMNS = [
  { key: null, label: 'State' },
  { key: 'name', label: 'Rule' },
  { key: null, label: '30 days' },
  { key: 'firings', label: '7 days' },
  { key: 'precision', label: 'Precision' },
  { key: 'fired', label: 'Last fired' },
] as const;
