import { ApiError } from '../api/api-error.ts';
import type { ApiErrorCause } from '../api/api-error.ts';

/** An answer that is not a success, or an ERROR event of a watch. */
export interface Refusal {
  /** For the message: the request. */
  readonly what: string;
  /** HTTP status; undefined for an event, whose Status says it. */
  readonly status?: number | undefined;
  /** The Retry-After header. */
  readonly retryAfter?: string | undefined;
  /** A Kubernetes Status, or whatever came. */
  readonly body: unknown;
}

/** The error that an API server's refusal stands for. */
export function statusError(refusal: Refusal): ApiError {
  const body = membersOf(refusal.body);
  const details = membersOf(body['details']);
  const status = refusal.status ?? (typeof body['code'] === 'number' ? body['code'] : 500);
  const reason = textOf(body['reason']) || (REASONS.get(status) ?? '');
  const said = textOf(body['message']) || snippetOf(refusal.body) || `HTTP ${status}`;
  return new ApiError(refusal.status === undefined ? 'WatchFailed' : 'Status', `${refusal.what}: ${said}`, {
    status,
    reason,
    causes: causesOf(details['causes']),
    retryAfterMs: retryAfterMsOf(refusal.retryAfter) ?? secondsOf(details['retryAfterSeconds']),
  });
}

/** What a status means where the body does not say. */
const REASONS: ReadonlyMap<number, string> = new Map([
  [400, 'BadRequest'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'NotFound'],
  [409, 'Conflict'],
  [410, 'Expired'],
  [422, 'Invalid'],
  [429, 'TooManyRequests'],
  [500, 'InternalError'],
  [503, 'ServiceUnavailable'],
]);

function causesOf(raw: unknown): readonly ApiErrorCause[] {
  if (!Array.isArray(raw)) return [];
  return raw.map((one: unknown) => {
    const { field, reason, message } = membersOf(one);
    return {
      ...(typeof field === 'string' && { field }),
      ...(typeof reason === 'string' && { reason }),
      ...(typeof message === 'string' && { message }),
    };
  });
}

function retryAfterMsOf(header: string | undefined): number | undefined {
  return header === undefined || !/^\d{1,6}$/.test(header.trim()) ? undefined : Number(header) * 1000;
}

function secondsOf(raw: unknown): number | undefined {
  return typeof raw === 'number' && raw > 0 ? raw * 1000 : undefined;
}

function snippetOf(body: unknown): string {
  return typeof body === 'string' ? body.replace(/\s+/g, ' ').trim().slice(0, 200) : '';
}

function textOf(raw: unknown): string {
  return typeof raw === 'string' ? raw : '';
}

function membersOf(raw: unknown): Readonly<Record<string, unknown>> {
  return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
}
