import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../api/api-error.ts';
import { retryOf } from './retry.ts';

const read = { method: 'GET', use: 'requests', tries: 1 } as const;
const write = { ...read, method: 'PATCH' } as const;
const stream = { ...read, use: 'streams' } as const;

function status(code: number, retryAfterMs?: number): ApiError {
  return new ApiError('Status', 'no', { status: code, retryAfterMs });
}

describe('retryOf', () => {
  const lost = new ApiError('Unreachable', 'reset');
  it.each([
    { because: 'a read changes nothing', error: lost, tried: read, retry: {} },
    { because: 'a second loss is no accident', error: lost, tried: { ...read, tries: 2 }, retry: undefined },
    { because: 'a write may have happened', error: lost, tried: write, retry: undefined },
    { because: 'a stream has a back-off of its own', error: lost, tried: stream, retry: undefined },
    { because: 'the server names a time', error: status(429, 5_000), tried: read, retry: { waitMs: 5_000 } },
    {
      because: 'no server may make us wait for ever',
      error: status(429, 900_000),
      tried: read,
      retry: { waitMs: 30_000 },
    },
    { because: 'it names none', error: status(429), tried: read, retry: { waitMs: undefined } },
    { because: 'it has been asked enough', error: status(429), tried: { ...read, tries: 10 }, retry: undefined },
    { because: 'the writer decides', error: status(429, 1_000), tried: write, retry: undefined },
    {
      because: 'unavailable for a named time is busy',
      error: status(503, 1_000),
      tried: read,
      retry: { waitMs: 1_000 },
    },
    { because: 'unavailable may be broken', error: status(503), tried: read, retry: undefined },
    { because: 'the token may have expired', error: status(401), tried: write, retry: { waitMs: 0 } },
    { because: 'fresh credentials did not help', error: status(401), tried: { ...write, tries: 2 }, retry: undefined },
    { because: 'asking again changes nothing', error: status(404), tried: read, retry: undefined },
    { because: 'the caller has no time left', error: new ApiError('Timeout', 'late'), tried: read, retry: undefined },
  ])('answers $retry because $because', ({ error, tried, retry }) => {
    expect(retryOf(error, tried)).toEqual(retry);
  });
});
