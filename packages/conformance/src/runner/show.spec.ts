import { describe, expect, it } from '@jest/globals';
import { Code, ContractError } from '@virtrigaud/grpc-contract/client';
import { show, showError } from './show.ts';

describe('a message, shown', () => {
  it('leaves out what has its default, and holds what JSON cannot', () => {
    const value = {
      id: '',
      term: 5n,
      list: [],
      flag: false,
      userData: Buffer.from('abc'),
      at: new Date(0),
      inner: { n: 0, m: 1 },
    };
    expect(show(value)).toBe('{"term":"5","userData":"3 bytes","at":"1970-01-01T00:00:00.000Z","inner":{"m":1}}');
  });
  it('is cut where it would fill the screen', () => {
    expect(show({ text: 'x'.repeat(10_000) })).toHaveLength(601);
  });
  it('of an error has all that the contract gives it', () => {
    const error = new ContractError({
      code: Code.ABORTED,
      reason: 'OPERATION_IN_PROGRESS',
      message: 'busy',
      metadata: { task_id: 't' },
      fieldViolations: [{ field: 'spec.name', description: '' }],
    });
    expect(showError(error)).toBe(
      'ABORTED, reason OPERATION_IN_PROGRESS, metadata {"task_id":"t"}, fields spec.name, "busy"',
    );
    expect(showError(new ContractError({ code: Code.INTERNAL, message: 'x' }))).toBe(
      'INTERNAL, without ErrorInfo, "x"',
    );
  });
});
