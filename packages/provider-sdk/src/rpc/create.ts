import { PowerState, type CreateRequest, type CreateResponse, type ServerCall } from '@virtrigaud/grpc-contract/server';
import { checkExtension } from '../extension.ts';
import type { Runtime } from '../runtime.ts';
import { decodeSpec } from '../wire/decode-spec.ts';
import { encodeTask } from '../wire/encode-task.ts';
import { findOwned, mutate, touch } from './mutate.ts';

/** Create: makes the VM, resumes a half-made one, or answers the one that already bears the owner's uid. */
export async function create(runtime: Runtime, request: CreateRequest, call: ServerCall): Promise<CreateResponse> {
  const spec = decodeSpec(request.spec, 'spec');
  checkExtension(runtime.implementation.extraConfig, spec.extension);
  const { id, task } = await mutate(runtime, call, {
    kind: 'Create',
    mutation: request.mutation,
    effect: async (effect) =>
      runtime.implementation.createVm(
        effect.session,
        {
          spec,
          initialPower: request.initialPower === PowerState.OFF ? 'Off' : 'On',
          validateOnly: request.validateOnly,
          existing: await findOwned(runtime, call, effect),
        },
        effect.context,
      ),
  });
  if (id !== '') touch(runtime, id, task);
  return { id, task: task && encodeTask(task) };
}
