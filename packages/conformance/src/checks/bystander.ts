import { Code, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Scene } from '../runner/scene.ts';

/** How a call has to be refused that is about a VM of somebody else. */
export const NOT_YOURS = {
  code: Code.FAILED_PRECONDITION,
  reason: 'OWNER_MISMATCH',
  because: "the VM of that id bears another owner's stamp",
} as const;

/** The VM of that id, which has to be there. */
export async function byId(scene: Scene, id: string): Promise<VirtualMachineState> {
  const { vm } = scene.verdict.accepted(await scene.calls.send('describe', { id }));
  if (!vm) throw scene.verdict.failure(`VM ${id}`, 'an answer without a VM');
  return vm;
}

/** A VM that somebody makes behind the provider's back: nobody owns it. */
export async function foreignVm(scene: Scene, name: string): Promise<VirtualMachineState> {
  return byId(scene, scene.foreign(await scene.behind('defineVm')(scene.foreignName(name))));
}

/** Looks a VM up by id, and holds that nothing happened to it. */
export async function untouched(scene: Scene, before: VirtualMachineState): Promise<void> {
  const after = await byId(scene, before.id);
  const holds = after.owner?.uid === before.owner?.uid && isSameHardware(before, after);
  scene.verdict.holds({ holds, expected: `VM ${before.id} as it was`, came: after });
}

/** Holds that a VM is as it was in all but whose it is. */
export async function onlyOwnerChanged(scene: Scene, before: VirtualMachineState): Promise<void> {
  const after = await byId(scene, before.id);
  scene.verdict.holds({
    holds: isSameHardware(before, after),
    expected: `VM ${before.id} as it was in all but its owner: ${hardwareOf(before)}`,
    came: hardwareOf(after),
  });
}

/** Whether two looks show the same VM, whoever owns it. */
function isSameHardware(before: VirtualMachineState, after: VirtualMachineState): boolean {
  const sizes = new Map(before.disks.map(({ id, sizeBytes }) => [id, sizeBytes]));
  // A provider need not look up the sizes of disks that are nobody's of ours: 0 says nothing.
  const isSameSize = after.disks.every(({ id, sizeBytes }) => {
    const was = sizes.get(id) ?? 0n;
    return was === 0n || sizeBytes === 0n || was === sizeBytes;
  });
  return hardwareOf(before) === hardwareOf(after) && isSameSize;
}

/** What a VM is; but for what its guest and its users change by themselves. */
function hardwareOf({ name, powerState, cpus, memoryBytes, disks, nics, tags }: VirtualMachineState): string {
  return JSON.stringify({
    name,
    powerState,
    cpus,
    memoryBytes: String(memoryBytes),
    disks: disks.map((disk) => [disk.name, disk.id, disk.path, disk.detached]),
    nics: nics.map((nic) => [nic.name, nic.mac, nic.network, nic.bridge]),
    tags: Object.entries(tags).sort(),
  });
}
