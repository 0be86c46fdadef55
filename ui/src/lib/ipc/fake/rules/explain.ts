/** Why a rule fires on an event, or the first stage that the event does not get past. */
import { isChannel, toldBy } from '../../../rule/channels';
import { type Doc, type Form, read } from '../../../rule/form';
import type { ConditionView, EventView, ExplainedView, GroupResultView, StageView } from '../../client';
import type { FakeEvent } from './events';
import { isOf } from './fields';
import { quietOf, type Ran, run } from './evaluate';
import { groupsOf, holds, matches, said } from './match';

export const eventView = (event: FakeEvent, form?: Form): EventView => ({
  id: event.id,
  time: event.time,
  kind: event.kind,
  source: event.source,
  matches: form === undefined ? null : matches(event, form.conditions, form.sources),
  fields: JSON.stringify(event.fields),
});

function conditionsOf(form: Form, event: FakeEvent): ConditionView[] {
  return form.conditions.map((condition, at): ConditionView => {
    const { type, values, isNot } = condition;
    const holding = holds(event, condition);
    const says = said(event, type);
    const wanted = `${isNot ? 'not ' : ''}${values.length === 1 ? `“${values[0] ?? ''}”` : `one of ${values.join(', ')}`}`;
    const reason = !isOf(type, event.kind)
      ? `${event.kind} events do not have ${type}, so they never meet a condition on it, negated or not`
      : says.length === 0
        ? `${type} is missing; wanted is ${wanted}`
        : `${type} is ${says.join(', ')}; wanted is ${wanted}`;
    const remedy = holding
      ? null
      : `${type} would have to be ${wanted}, or the condition to take ${says.join(', ')} too`;
    return { path: `$.conditions[${at}]`, field: type, holds: holding, said: says, reason, remedy };
  });
}

function resultOf(form: Form, ran: Ran, event: FakeEvent, group: string): GroupResultView {
  const point = ran.points.findLast((one) => one.group === group && one.at >= event.time && one.events.includes(event));
  const firing = ran.firings.find((one) => one.group === group && one.at === point?.at);
  const earlier = ran.firings.findLast(
    (one) => one.group === group && one.at < event.time && one.lastSeen >= event.time,
  );
  const threshold = form.trigger.kind === 'atLeast' ? Number(form.trigger.value) : null;
  const value = point?.value ?? null;
  const holding = threshold === null ? firing !== undefined : value !== null && value >= threshold;
  const reason = holding
    ? earlier === undefined
      ? `the value is ${value ?? 'there'}, at least ${threshold ?? 'what was asked'}`
      : `it joined the firing of ${new Date(earlier.at).toISOString()}: less than ${quietOf(form) / 60_000} min had passed`
    : `the value is ${value ?? 0}, below ${threshold ?? 'what was asked'}`;
  const missing = Math.ceil((threshold ?? 0) - (value ?? 0));
  return {
    group,
    windowFrom: null,
    windowTo: null,
    holds: holding,
    value,
    threshold,
    firedAt: firing?.at ?? null,
    joined: earlier?.at ?? null,
    reason,
    remedy: holding ? null : `${missing} more in the window, or a threshold of ${value ?? 1} or less`,
  };
}

const WORDS = ['source', 'parse', 'conditions', 'group', 'window', 'suppression', 'mode', 'channel'] as const;

export function explain(doc: Doc, events: readonly FakeEvent[], event: FakeEvent): ExplainedView {
  const form = read(doc);
  const ran = run(form, events);
  const conditions = conditionsOf(form, event);
  const looks = form.sources.length === 0 || form.sources.includes(event.source);
  const meets = matches(event, form.conditions, form.sources);
  const groups = meets ? groupsOf(event, form.groupBy).map((group) => resultOf(form, ran, event, group)) : [];
  const reached = groups.some((one) => one.holds);
  const fires = groups.some((one) => one.firedAt !== null);
  const told = toldBy(form.channels).some(isChannel);
  const live = doc.mode !== 'shadow' && doc.enable !== false;
  const verdicts: [boolean, string][] = [
    [looks, looks ? 'the rule looks at this source' : `the rule looks at ${form.sources.join(', ')} only`],
    [true, 'every field could be read'],
    [meets, `${conditions.filter((one) => one.holds).length} of ${conditions.length} conditions hold`],
    [true, form.groupBy.length === 0 ? 'all events are one group' : groups.map((one) => one.group).join('; ')],
    [reached, groups.map((one) => one.reason).join('; ')],
    [fires, fires ? 'no earlier firing of the group held it back' : 'an earlier firing of the group took it in'],
    [true, live ? 'the rule is live' : 'the rule is in shadow: it records and does not notify'],
    [told, told ? 'it is told on the desktop' : `nobody is told: there is no channel ${form.channels.join(', ')}`],
  ];
  const first = verdicts.findIndex(([passed]) => !passed);
  const stages = WORDS.map((stage, at): StageView => {
    const [passed, reason] = verdicts[at] ?? [true, ''];
    const there = first === -1 || at <= first;
    return { stage, passed: there ? passed : null, reason: there ? reason : 'it did not get here' };
  });
  const failing = conditions.filter((one) => !one.holds);
  return {
    rule: form.name,
    event: eventView(event),
    fires,
    failed: first === -1 ? null : (WORDS[first] ?? null),
    nearest: fires ? null : ([...failing, ...groups].find((one) => one.remedy !== null)?.remedy ?? null),
    stages,
    conditions,
    groups,
  };
}
