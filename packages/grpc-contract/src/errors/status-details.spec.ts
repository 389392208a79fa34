import { describe, expect, it } from '@jest/globals';
import { Metadata } from '@grpc/grpc-js';
import { ContractError } from './contract-error.ts';
import { Code, Reason } from './reason.ts';
import { fromStatus, toStatus } from './status-details.ts';

describe('status details', () => {
  it('carries code, reason, metadata, fields and delay over the wire', () => {
    const sent = new ContractError({
      code: Code.FAILED_PRECONDITION,
      message: 'VM "a": memory cannot shrink while it runs',
      reason: Reason.RestartRequired,
      metadata: { task_id: 'Create/1' },
      fieldViolations: [{ field: 'desired.compute.memory_bytes', description: 'less than it has' }],
      retryDelayMs: 1500,
    });
    const received = fromStatus(toStatus(sent));
    expect({ ...received, message: received.message }).toEqual({ ...sent, message: sent.message });
  });

  it('makes INTERNAL without ErrorInfo of what is no ContractError', () => {
    const received = fromStatus(toStatus(new TypeError('x is not a function')));
    expect(received.code).toBe(Code.INTERNAL);
    expect(received.hasErrorInfo).toBe(false);
  });

  it('does not take another domain for ours', () => {
    const status = toStatus(new ContractError({ code: Code.NOT_FOUND, reason: Reason.VmAbsent, message: 'x' }));
    const raw = status.metadata.get('grpc-status-details-bin')[0] as Buffer;
    const metadata = new Metadata();
    metadata.set(
      'grpc-status-details-bin',
      Buffer.from(raw.toString('latin1').replace('virtrigaud.io', 'virtrigaux.io'), 'latin1'),
    );
    expect(fromStatus({ ...status, metadata }).hasErrorInfo).toBe(false);
  });

  it('survives a trailer that is no google.rpc.Status', () => {
    const metadata = new Metadata();
    metadata.set('grpc-status-details-bin', Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
    const received = fromStatus({ code: Code.UNAVAILABLE, details: 'gone', metadata });
    expect(received.message).toBe('gone');
    expect(received.hasErrorInfo).toBe(false);
  });

  it('keeps the trailer small, however long the message', () => {
    const status = toStatus(new ContractError({ code: Code.INTERNAL, reason: 'X', message: 'y'.repeat(100_000) }));
    expect((status.metadata.get('grpc-status-details-bin')[0] as Buffer).length).toBeLessThan(4096);
  });
});
