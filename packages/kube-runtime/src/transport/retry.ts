import type { ApiError } from '../api/api-error.ts';
import type { HttpMethod } from './transport.ts';

/** What was tried so far. */
export interface Tried {
  readonly tries: number;
  readonly use: 'requests' | 'streams';
  readonly method: HttpMethod;
}

/** To try again, after `waitMs`; by the usual back-off if undefined. */
export interface Retry {
  readonly waitMs?: number | undefined;
}

/** An overloaded server is asked this often. */
const MAX_BUSY_TRIES = 10;
const LONGEST_WAIT_MS = 30_000;

/**
 * Whether a failed request may be sent again here; undefined if not.
 *
 * A write is sent once: its caller knows what a second one would do. Only a refusal for want of valid credentials is
 * certain to have changed nothing and is cured by fresh ones. A stream's caller has back-off of its own.
 */
export function retryOf(error: ApiError, tried: Tried): Retry | undefined {
  if (error.status === 401) return tried.tries === 1 ? { waitMs: 0 } : undefined;
  if (tried.method !== 'GET' || tried.use === 'streams') return undefined;
  if (error.code === 'Unreachable') return tried.tries === 1 ? {} : undefined;
  const busy = error.status === 429 || (error.status === 503 && error.retryAfterMs !== undefined);
  if (!busy || tried.tries >= MAX_BUSY_TRIES) return undefined;
  return { waitMs: error.retryAfterMs === undefined ? undefined : Math.min(error.retryAfterMs, LONGEST_WAIT_MS) };
}
