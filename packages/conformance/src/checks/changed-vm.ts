import type {
  Owner,
  PartialMessage,
  TaskResponse,
  VirtualMachineSpec,
  VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { isBeyondIt, type Outcome } from '../runner/outcome.ts';
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

/** A VM that is made with that part of a spec, or, by a provider that makes none with it, without. */
export async function madeWith(scene: Scene, part: Spec) {
  const owner = scene.owner();
  const outcome = await scene.calls.mutate('create', scene.createRequest(owner, { spec: part }));
  if (!outcome.ok && isBeyondIt(outcome.error)) return { owner, vm: await scene.create(owner) };
  await scene.finished(scene.verdict.accepted(outcome));
  return { owner, vm: await scene.state(owner) };
}

/** Asks for what is so already, which has to succeed and to change nothing. */
export async function leftAsItIs(
  scene: Scene,
  { owner, vm, part }: { readonly owner: Owner; readonly vm: VirtualMachineState; readonly part: Spec },
): Promise<void> {
  const outcome = await reconfigure(scene, owner, part);
  await scene.finished(scene.verdict.granted(outcome, 'it is so already'));
  const { revision } = await scene.state(owner);
  scene.verdict.holds({ holds: revision === vm.revision, expected: `revision ${vm.revision}`, came: revision });
}
