/** Failures as the window treats them: a closed set of codes, and one table that says how each looks. */

/** A code exists only where the window behaves differently. */
export type ErrorCode = 'invalid' | 'not-found' | 'conflict' | 'unavailable' | 'internal';

export class ClientError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Which input is at fault, or none. */
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

export interface ErrorLook {
  /** Above the message. */
  title: string;
  /** Whether trying the same again may help. */
  retry: boolean;
  /** `warning`: the person can put it right. `danger`: something is broken. */
  tone: 'warning' | 'danger';
}

export const ERROR_LOOKS: Record<ErrorCode, ErrorLook> = {
  invalid: { title: 'This cannot be used', retry: false, tone: 'warning' },
  'not-found': { title: 'It is no longer there', retry: false, tone: 'warning' },
  conflict: { title: 'It has changed meanwhile', retry: true, tone: 'warning' },
  unavailable: { title: 'Not available now', retry: true, tone: 'danger' },
  internal: { title: 'Something went wrong', retry: true, tone: 'danger' },
};

const isCode = (value: unknown): value is ErrorCode => typeof value === 'string' && Object.hasOwn(ERROR_LOOKS, value);

/** Makes a `ClientError` of anything thrown; what is not one of ours is `internal`. */
export function toClientError(thrown: unknown): ClientError {
  if (thrown instanceof ClientError) return thrown;
  if (thrown !== null && typeof thrown === 'object' && 'message' in thrown) {
    const { code, message, field } = thrown as { code?: unknown; message: unknown; field?: unknown };
    return new ClientError(isCode(code) ? code : 'internal', String(message), typeof field === 'string' ? field : null);
  }
  return new ClientError('internal', typeof thrown === 'string' ? thrown : 'An unknown error occurred.');
}
