import type { DeleteRequest, ServerCall, TaskResponse } from '@virtrigaud/grpc-contract/server';
import type { Runtime } from '../runtime.ts';
import { findOwned, mutate, taskResponse, touch } from './mutate.ts';

/** Delete: removes all that bears the owner's uid. What is absent, or another's, is left alone, and that is success. */
export async function deleteVm(runtime: Runtime, request: DeleteRequest, call: ServerCall): Promise<TaskResponse> {
  const answer = await mutate(runtime, call, {
    kind: 'Delete',
    mutation: request.mutation,
    inTheWay: 'EndCreate',
    effect: async (effect) => {
      const existing = await findOwned(runtime, call, effect);
      if (!existing && request.releaseOnly) return { vmId: '', task: undefined };
      const accepted = await runtime.implementation.deleteVm(
        effect.session,
        { existing, releaseOnly: request.releaseOnly },
        effect.context,
      );
      return { vmId: existing?.id ?? '', task: accepted?.task };
    },
  });
  if (answer.vmId !== '') touch(runtime, answer.vmId, answer.task);
  return taskResponse('Delete', answer);
}
