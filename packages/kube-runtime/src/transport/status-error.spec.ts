import { describe, expect, it } from '@jest/globals';
import { isAlreadyExists, isConflict, isGone, isNotFound, isOutcomeUnknown } from '../api/api-error.ts';
import { statusError } from './status-error.ts';

const what = 'GET /x';

describe('statusError', () => {
  it('says what the server said, and on which request', () => {
    const details = { causes: [{ field: 'spec.a', reason: 'FieldValueInvalid', message: 'no', junk: 1 }] };
    const body = { kind: 'Status', code: 422, reason: 'Invalid', message: 'spec.a: no', details };
    expect(statusError({ what, status: 422, body })).toMatchObject({
      code: 'Status',
      status: 422,
      reason: 'Invalid',
      message: 'GET /x: spec.a: no',
      causes: [{ field: 'spec.a', reason: 'FieldValueInvalid', message: 'no' }],
    });
  });

  it('makes something of what is no Status', () => {
    const error = statusError({ what, status: 503, body: '<html>\n  Bad gateway  </html>', retryAfter: '7' });
    expect(error).toMatchObject({ reason: 'ServiceUnavailable', retryAfterMs: 7_000 });
    expect(error.message).toBe('GET /x: <html> Bad gateway </html>');
    expect(statusError({ what, status: 418, body: undefined }).message).toBe('GET /x: HTTP 418');
  });

  it('takes how long to wait from the Status, too', () => {
    const body = { details: { retryAfterSeconds: 3 } };
    expect(statusError({ what, status: 429, body }).retryAfterMs).toBe(3_000);
    expect(statusError({ what, status: 429, body, retryAfter: 'Tue, 01 Jan 2030 00:00:00 GMT' }).retryAfterMs).toBe(
      3_000,
    );
  });

  it.each([
    { status: 404, reason: 'NotFound', is: isNotFound },
    { status: 409, reason: 'Conflict', is: isConflict },
    { status: 409, reason: 'AlreadyExists', is: isAlreadyExists },
    { status: 410, reason: 'Expired', is: isGone },
  ])('is told by its predicate: $reason', ({ status, reason, is }) => {
    const error = statusError({ what, status, body: { reason } });
    const all = [isNotFound, isConflict, isAlreadyExists, isGone];
    expect(all.filter((predicate) => predicate(error))).toEqual([is]);
    expect(isOutcomeUnknown(error)).toBe(false);
    expect(is(new Error('other'))).toBe(false);
  });
});
