/**
 * What went wrong, coarsely:
 * `Status`: the API server answered with an error; `WatchFailed`: it ended a watch with one; `Unreachable`: no or half an answer, so a write may have happened;
 * `Timeout`: none in time, likewise; `Cancelled`: the caller's signal; `BadAnswer`: the answer is not what the API
 * promises; `BadConfig`: the kubeconfig or the credentials cannot be used.
 */
export type ApiErrorCode =
  'Status' | 'WatchFailed' | 'Unreachable' | 'Timeout' | 'Cancelled' | 'BadAnswer' | 'BadConfig';

/** One field that the API server objects to. */
export interface ApiErrorCause {
  readonly field?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** What an {@link ApiError} is made of, its message aside. */
export interface ApiErrorDetails {
  readonly status?: number | undefined;
  readonly reason?: string | undefined;
  readonly causes?: readonly ApiErrorCause[] | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly sent?: boolean | undefined;
  readonly cause?: unknown;
}

/** The one error of this package. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  /** Kubernetes' word for it, as `NotFound`, `Conflict`, `AlreadyExists`, `Expired`; empty where there is none. */
  readonly reason: string;
  /** The fields that the server objects to, of an `Invalid` answer. */
  readonly causes: readonly ApiErrorCause[];
  /** How long the server asks to wait, in milliseconds, if it does. */
  readonly retryAfterMs: number | undefined;
  /** False if the request certainly never reached the server: it waited for its turn, or nobody listens there. */
  readonly sent: boolean;

  constructor(code: ApiErrorCode, message: string, details: ApiErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status ?? 0;
    this.reason = details.reason ?? '';
    this.causes = details.causes ?? [];
    this.retryAfterMs = details.retryAfterMs;
    this.sent = details.sent ?? code !== 'BadConfig';
  }
}

/** Whether the object (or the resource) does not exist. */
export function isNotFound(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 404;
}

/** Whether the account lacks the right to do it. */
export function isForbidden(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 403;
}

/** Whether a precondition failed: the object is not, or no longer, the one that the caller read. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason !== 'AlreadyExists';
}

/** Whether an object of that name exists already. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 409 && error.reason === 'AlreadyExists';
}

/** Whether the resourceVersion or the continue token is too old: list afresh. */
export function isGone(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 410;
}

/** Whether a write that ended so may have happened nevertheless. */
export function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  if (!error.sent) return false;
  return error.code !== 'Status' || error.status >= 500;
}
