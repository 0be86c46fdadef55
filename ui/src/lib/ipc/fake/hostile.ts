/** What an attacker would send: one text wherever a text can stand. */
import type { EngineStatus, QuarantineView, SourceView } from '../client';
import type { FakeAlert } from './generate';

/** An alert of it. */
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

/** Deliveries that could not be read. */
export function unread(texts: readonly string[], source: string, receivedAt: number): QuarantineView[] {
  return texts.map((text, at) => {
    const body = `{"a":"${text}`;
    const size = body.length;
    return {
      id: `q${at}`,
      source,
      receivedAt,
      reason: text,
      line: 1,
      column: size,
      path: text,
      size,
      attempts: 0,
      body,
    };
  });
}

/** A source with it wherever a source can hold a text that was not chosen from a list. */
export function sourceWith(text: string, source: SourceView): SourceView {
  const refused = { reason: 'wrong-sign-in', explanation: text, count: 1, lastAt: source.createdAt };
  return { ...source, username: text, origins: [text], refused: [refused] };
}

/** An engine in trouble, of which the words of others tell. */
export function troubleOf(text: string): Partial<EngineStatus> {
  return {
    listenerProblem: text,
    notificationProblem: text,
    storeProblem: text,
    trayProblem: text,
    dataDir: text,
    listening: null,
  };
}
