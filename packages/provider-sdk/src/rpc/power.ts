import type { PowerRequest, ServerCall, TaskResponse } from '@virtrigaud/grpc-contract/server';
import { capabilityMissing, invalidField } from '../provider-error.ts';
import type { Runtime } from '../runtime.ts';
import { powerOperationOf } from '../wire/enums.ts';
import { mutate, requireOwned, taskResponse, touch } from './mutate.ts';

/** Power: a state that is already so is success; Reboot and Reset happen once per operation id. */
export async function power(runtime: Runtime, request: PowerRequest, call: ServerCall): Promise<TaskResponse> {
  const operation = powerOperationOf(request.op);
  if (!operation) throw invalidField('op', 'is not a power operation that this provider knows');
  const features = runtime.implementation.features ?? [];
  if (operation === 'ShutdownGraceful' && !features.includes('GracefulShutdown'))
    throw capabilityMissing('graceful shutdown');
  if (operation === 'Suspend' && !features.includes('Suspend')) throw capabilityMissing('suspend');
  const answer = await mutate(runtime, call, {
    kind: 'Power',
    mutation: request.mutation,
    effect: async (effect) => {
      const vm = await requireOwned(runtime, call, { ...effect, id: request.id });
      const accepted = await runtime.implementation.powerVm(effect.session, { vm, operation }, effect.context);
      return { vmId: vm.id, task: accepted?.task };
    },
  });
  touch(runtime, answer.vmId, answer.task);
  return taskResponse('Power', answer);
}
