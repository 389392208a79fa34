import type {
  Owner,
  PartialMessage,
  TaskResponse,
  VirtualMachineSpec,
  VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import type { Outcome } from '../runner/outcome.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

export type Spec = PartialMessage<VirtualMachineSpec>;

/** Asks for a part of the spec of an owner's VM: the members that are given. The rest is as it was asked for at first. */
export function reconfigure(
  scene: Scene,
  owner: Owner,
  part: Spec,
  overrides: { readonly validateOnly?: boolean } = {},
): Promise<Outcome<TaskResponse>> {
  return scene.calls.mutate('reconfigure', {
    mutation: mutationOf('reconfigure', owner, { parameters: part }),
    desired: { ...scene.createRequest(owner).spec, ...part },
    updateMask: Object.keys(part),
    ...overrides,
  });
}

/** The same, which has to succeed; answers the VM afterwards. */
export async function reconfigured(scene: Scene, owner: Owner, part: Spec): Promise<VirtualMachineState> {
  await scene.succeed(await reconfigure(scene, owner, part));
  return scene.state(owner);
}
