/** What the alert list shows: view, toggles and search text, composed into one query. */
import { SEVERITIES, STATUSES, type Severity, type Status } from '../text/words';

export const VIEWS = [
  { id: 'open', label: 'Open', terms: 'status:new,acknowledged snoozed:false', statuses: ['new', 'acknowledged'] },
  { id: 'snoozed', label: 'Snoozed', terms: 'snoozed:true', statuses: [] },
  { id: 'closed', label: 'Closed', terms: 'status:closed', statuses: [] },
  { id: 'all', label: 'All', terms: '', statuses: STATUSES },
] as const satisfies { id: string; label: string; terms: string; statuses: readonly Status[] }[];
export type ViewId = (typeof VIEWS)[number]['id'];

export class AlertFilter {
  view = $state<ViewId>('open');
  severities = $state<Severity[]>([]);
  statuses = $state<Status[]>([]);
  text = $state('');
  sort = $state('time');

  /** The statuses that can be told apart in this view. */
  readonly choices: readonly Status[] = $derived(VIEWS.find((view) => view.id === this.view)?.statuses ?? []);

  /** What is sent: the screen's terms, then the person's. */
  readonly query = $derived.by(() => {
    const terms: string[] = [];
    const statuses = this.statuses.filter((status) => this.choices.includes(status));
    if (this.view === 'open' && statuses.length > 0) terms.push(`status:${statuses.join(',')} snoozed:false`);
    else if (this.view === 'all' && statuses.length > 0) terms.push(`status:${statuses.join(',')}`);
    else terms.push(VIEWS.find((view) => view.id === this.view)?.terms ?? '');
    if (this.severities.length > 0) terms.push(`severity:${this.severities.join(',')}`);
    terms.push(this.text.trim());
    return terms.filter((term) => term !== '').join(' ');
  });

  /** Whether anything narrows the view, so that clearing it would show more. */
  readonly narrowed = $derived(
    this.severities.length > 0 ||
      this.text.trim() !== '' ||
      this.statuses.some((status) => this.choices.includes(status)),
  );

  toggleSeverity(severity: Severity): void {
    const on = new Set(this.severities);
    if (!on.delete(severity)) on.add(severity);
    this.severities = SEVERITIES.filter((known) => on.has(known));
  }

  toggleStatus(status: Status): void {
    const on = new Set(this.statuses);
    if (!on.delete(status)) on.add(status);
    this.statuses = STATUSES.filter((known) => on.has(known));
  }

  /** Sorts by this; asked again, the other way round. */
  sortBy(word: string): void {
    this.sort = this.sort === word ? `${word}:asc` : word;
  }

  clear(): void {
    this.severities = [];
    this.statuses = [];
    this.text = '';
  }
}
