/** Edits of a rule that would have kept an alert away. */
import { type Doc, type Form, read, write } from '../../../rule/form';
import type { EditView } from '../../client';
import type { FakeEvent } from './events';
import { type Judged, stillFires } from './effect';
import { run } from './evaluate';
import { said } from './match';

/** Fields that name somebody or something, the narrowest first. */
const NAMING = ['client_ip', 'username', 'hostname', 'api_key_id', 'endpoint', 'user_agent'];

interface Tried {
  kind: EditView['kind'];
  says: string;
  form: Form;
}

/** Leaves out what all events of the firing have in common. */
function exceptions(form: Form, events: readonly FakeEvent[]): Tried[] {
  return NAMING.flatMap((field): Tried[] => {
    const [value, ...others] = [...new Set(events.flatMap((event) => said(event, field)))];
    if (value === undefined || others.length > 0) return [];
    const condition = { type: field, op: 'anyOf' as const, values: [value], isNot: true };
    const conditions = [...form.conditions, condition];
    return [{ kind: 'exception', says: `add the condition ${field} is not ${value}`, form: { ...form, conditions } }];
  });
}

function thresholds(form: Form, value: number | null): Tried[] {
  if (form.trigger.kind !== 'atLeast' || value === null || form.window.kind === 'none') return [];
  const next = String(Math.floor(value) + 1);
  return [
    {
      kind: 'threshold',
      says: `raise the threshold to ${next}`,
      form: { ...form, trigger: { ...form.trigger, value: next } },
    },
  ];
}

function windows(form: Form): Tried[] {
  const length = Number(form.window.count);
  if (form.window.kind !== 'rolling' || !(length > 1)) return [];
  return [Math.ceil(length / 2), Math.ceil(length / 4)].map((less) => ({
    kind: 'window',
    says: `shorten the window to ${less} ${form.window.unit}`,
    form: { ...form, window: { ...form.window, count: String(less) } },
  }));
}

/** The edits that keep the firing of `alert` away, those that lose nothing first. */
export function editsOf(doc: Doc, events: readonly FakeEvent[], alert: Judged, judged: readonly Judged[]): EditView[] {
  const form = read(doc);
  const before = run(form, events).firings.length;
  const tried = [...exceptions(form, alert.firing.events), ...thresholds(form, alert.firing.value), ...windows(form)];
  const edits = tried.flatMap(({ kind, says, form: changed }): EditView[] => {
    const ran = run(changed, events);
    if (stillFires(ran, alert)) return [];
    const gone = judged.filter((one) => !stillFires(ran, one));
    const alerts = (label: Judged['label']): string[] =>
      gone.filter((one) => one.label === label).flatMap((one) => one.alert ?? []);
    const document = JSON.stringify(write(changed, doc));
    const firings = ran.firings.length;
    const [removes, loses] = [alerts('false-positive'), alerts('true-positive')];
    return [{ kind, says, document, firingsBefore: before, firings, removes, loses }];
  });
  return edits.toSorted((a, b) => a.loses.length - b.loses.length || b.removes.length - a.removes.length).slice(0, 6);
}
