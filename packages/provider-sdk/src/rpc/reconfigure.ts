import { Reason, type ReconfigureRequest, type ServerCall, type TaskResponse } from '@virtrigaud/grpc-contract/server';
import { ProviderError } from '../provider-error.ts';
import type { Runtime } from '../runtime.ts';
import { decodeChanges } from '../wire/decode-changes.ts';
import { decodeSpec } from '../wire/decode-spec.ts';
import { encodeState } from '../wire/encode-state.ts';
import { mutate, requireOwned, taskResponse, touch } from './mutate.ts';

/** Reconfigure: brings about what the update mask names, and leaves the rest alone. */
export async function reconfigure(
  runtime: Runtime,
  request: ReconfigureRequest,
  call: ServerCall,
): Promise<TaskResponse> {
  const desired = decodeSpec(request.desired, 'desired');
  const changes = decodeChanges(request.updateMask ?? [], desired);
  const answer = await mutate(runtime, call, {
    kind: 'Reconfigure',
    mutation: request.mutation,
    effect: async (effect) => {
      const vm = await requireOwned(runtime, call, { ...effect, id: request.id });
      if (request.expectedRevision !== '' && encodeState(vm).revision !== request.expectedRevision) {
        throw new ProviderError('Aborted', {
          reason: Reason.Changed,
          message: `VM ${vm.id} ("${vm.name}") is no longer of revision ${request.expectedRevision}`,
        });
      }
      const accepted = await runtime.implementation.reconfigureVm(
        effect.session,
        { vm, changes, desired, validateOnly: request.validateOnly },
        effect.context,
      );
      return { vmId: vm.id, task: accepted?.task };
    },
  });
  touch(runtime, answer.vmId, answer.task);
  return taskResponse('Reconfigure', answer);
}
