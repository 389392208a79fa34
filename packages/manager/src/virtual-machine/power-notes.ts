import { PowerOp } from '@virtrigaud/grpc-contract/client';
import type { Observed } from './observed.ts';
import type { Note } from './outcome.ts';
import { powerOperationId, rebootOperationId } from './plan-convergence.ts';

/** What people are told of a power operation that has succeeded; asking a guest is none of theirs. Pure. */
export function powerNote(op: PowerOp, isDeadlineOver: boolean): Note | undefined {
  switch (op) {
    case PowerOp.ON:
    case PowerOp.RESUME:
      return { reason: 'PoweredOn', message: 'powered on' };
    case PowerOp.OFF:
      return isDeadlineOver
        ? { reason: 'ShutdownTimedOut', message: 'the guest did not shut down in time; it was powered off' }
        : { reason: 'PoweredOff', message: 'powered off' };
    case PowerOp.REBOOT:
      return { reason: 'Rebooted', message: 'rebooted, as the restart annotation asked' };
    default:
      return undefined;
  }
}

/** What a task of the call `Power` was for, from its operation id, which names it; undefined: none of ours. Pure. */
export function powerTaskOf(
  seen: Observed,
  operationId: string,
): { readonly verb: 'Power' | 'Reboot'; readonly op: PowerOp; readonly token: string | undefined } | undefined {
  const prefix = rebootOperationId(seen, '');
  if (operationId.startsWith(prefix))
    return { verb: 'Reboot', op: PowerOp.REBOOT, token: operationId.slice(prefix.length) };
  const op = [PowerOp.ON, PowerOp.OFF, PowerOp.RESUME, PowerOp.SHUTDOWN_GRACEFUL].find(
    (each) => powerOperationId(seen, each) === operationId,
  );
  return op === undefined ? undefined : { verb: 'Power', op, token: undefined };
}
