/** An alert as an attacker would send it: one text wherever a text can stand. */
import type { FakeAlert } from './generate';

export function filledWith(text: string, { row, ...rest }: FakeAlert, status: 'new' | 'closed'): FakeAlert {
  const closed = status === 'closed';
  const step = (actor: string, what: string) => ({ at: row.receivedAt, actor, what, detail: text, undone: false });
  return {
    ...rest,
    row: {
      ...row,
      status,
      closeReason: closed ? 'benign' : null,
      snoozedUntil: null,
      source: text,
      title: text,
      category: text,
      alertType: text,
      entity: text,
    },
    externalId: text,
    sourceSeverity: text,
    sourceStatus: text,
    description: text,
    tactic: text,
    techniques: [text],
    entities: { clientIp: [text], username: [text], apiKeyId: [text], endpoint: [text], hostname: [text] },
    rule: text,
    tags: [text, text],
    notes: text,
    payload: JSON.stringify({ [text]: [text, { nested: text }] }),
    activity: [
      step('source', 'received'),
      step('tocsin', text),
      step('you', 'noted'),
      ...(closed ? [{ ...step('you', 'closed'), detail: `benign: ${text}` }] : []),
    ],
  };
}
