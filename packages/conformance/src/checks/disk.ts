import {
  Code,
  PowerState,
  Reason,
  type DiskState,
  type Owner,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { ConformanceError } from '../check-failure.ts';
import type { Check } from '../check.ts';
import { isBeyondIt } from '../runner/outcome.ts';
import { MIB, mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { leftAsItIs, madeWith, reconfigure, reconfigured } from './changed-vm.ts';

/** A data disk of one of the two sizes. */
const disk = ({ profile: { limits } }: Scene, name: string, size: 'small' | 'large' = 'small') => ({
  name,
  sizeBytes: BigInt(size === 'small' ? limits.diskMiB : limits.moreDiskMiB) * MIB,
});
type Disk = ReturnType<typeof disk>;

/** The data disks that a VM has now. */
const dataOf = ({ disks }: VirtualMachineState) => disks.filter(({ root, detached }) => !root && !detached);
const named = (vm: VirtualMachineState, name: string) => dataOf(vm).find((each) => each.name === name);
const shown = (disks: readonly Pick<DiskState, 'name' | 'sizeBytes'>[]) =>
  disks.map(({ name, sizeBytes }) => `${name} of ${String(sizeBytes)} bytes`).sort();

/** Holds that a VM has just these data disks. */
function has(scene: Scene, vm: VirtualMachineState, disks: readonly Disk[]): void {
  const [wanted, came] = [shown(disks).join(', '), shown(dataOf(vm)).join(', ')];
  scene.verdict.holds({ holds: wanted === came, expected: `data disks: ${wanted || 'none'}`, came: came || 'none' });
}

async function withDisks(scene: Scene, disks: readonly Disk[], initialPower: PowerState = PowerState.OFF) {
  const owner = scene.owner();
  await scene.create(owner, { spec: { disks: [...disks] }, initialPower });
  const vm = await scene.eventually('the power that was asked for', owner, (is) => is.powerState === initialPower);
  return { owner, vm };
}

/** The disk of a VM that has to be there for the check to go on. */
function required(scene: Scene, found: DiskState | undefined, what: string): DiskState {
  if (!found) throw scene.verdict.failure(what, 'none');
  return found;
}

async function broughtBack(scene: Scene, owner: Owner, data: Disk): Promise<void> {
  await scene.create(owner, { spec: { disks: [data] } });
  await reconfigured(scene, owner, { disks: [data] });
}

/** A VM whose disk was taken off it; it comes back before the VM is removed, so that nothing is left. */
async function detached(scene: Scene) {
  const data = disk(scene, 'data');
  const { owner, vm } = await withDisks(scene, [data]);
  const before = required(scene, named(vm, 'data'), 'a data disk');
  const outcome = await reconfigure(scene, owner, { disks: [] });
  // Whoever takes no disks off has none to bring back; after any other failure it may be off all the same.
  if (outcome.ok || !isBeyondIt(outcome.error)) scene.afterwards(() => broughtBack(scene, owner, data));
  await scene.succeed(outcome);
  return { owner, data, before, after: await scene.state(owner) };
}

async function atHypervisor(scene: Scene, ids: readonly string[], wanted: 'there' | 'gone'): Promise<void> {
  const all = await scene.behind('listDiskIds')();
  const there = ids.filter((id) => all.includes(id));
  scene.verdict.holds({
    holds: there.length === (wanted === 'there' ? ids.length : 0),
    expected: `that the disks ${ids.join(', ')} are ${wanted} at the hypervisor`,
    came: there.length === 0 ? 'none of them is there' : `there are ${there.join(', ')}`,
  });
}

const idsOf = ({ disks }: VirtualMachineState) => disks.map(({ id }) => id);

const adopt = (scene: Scene, heir: Owner, id: string, expectedOwnerUid = '') =>
  scene.calls.mutate('adopt', {
    mutation: mutationOf('adopt', heir, { parameters: [id, expectedOwnerUid] }),
    id,
    expectedOwnerUid,
  });

/** Disks: theirs for as long as somebody wants them, and nobody else's. */
export const diskChecks: readonly Check[] = [
  {
    id: 'disk/as-asked',
    title: 'a created VM has the data disks that were asked for, beside its root disk',
    proves: 'Create makes the VM of `spec`; a provider that cannot says so.',
    run: async (scene) => {
      const disks = [disk(scene, 'data'), disk(scene, 'logs', 'large')];
      const { vm } = await withDisks(scene, disks);
      has(scene, vm, disks);
      scene.verdict.holds({
        holds: new Set(idsOf(vm)).size === vm.disks.length && !idsOf(vm).includes(''),
        expected: 'an id of its own for each disk',
        came: idsOf(vm),
      });
    },
  },
  {
    id: 'disk/grown',
    title: 'a data disk of a stopped VM grows, and stays so when it is asked for again',
    proves: 'Reconfigure is level-triggered; `update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const { owner, vm } = await withDisks(scene, [disk(scene, 'data'), disk(scene, 'logs')]);
      const wanted = [disk(scene, 'data', 'large'), disk(scene, 'logs')];
      for (const _time of ['first', 'second']) {
        const after = await reconfigured(scene, owner, { disks: wanted });
        has(scene, after, wanted);
        const same = named(after, 'data')?.id === named(vm, 'data')?.id;
        scene.verdict.holds({ holds: same, expected: 'the same disk', came: idsOf(after) });
      }
    },
  },
  {
    id: 'disk/root-grown',
    title: 'the root disk of a stopped VM grows',
    proves: '`update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const { owner, vm } = await withDisks(scene, []);
      const root = vm.disks.find((each) => each.root);
      if (!root) throw new ConformanceError({ kind: 'not-applicable', why: 'the VM has no root disk' });
      const sizeBytes = root.sizeBytes + BigInt(scene.profile.limits.diskMiB) * MIB;
      const { disks } = await reconfigured(scene, owner, { root: { sizeBytes } });
      const now = disks.find((each) => each.root);
      scene.verdict.holds({
        holds: now?.sizeBytes === sizeBytes && now.id === root.id,
        expected: `root disk ${root.id} of ${String(sizeBytes)} bytes`,
        came: now,
      });
    },
  },
  {
    id: 'disk/never-shrinks',
    title: 'a smaller data disk is refused, and the disk stays as it is',
    proves: 'Disks only grow.',
    run: async (scene) => {
      const wanted = [disk(scene, 'data', 'large')];
      const { owner } = await withDisks(scene, wanted);
      scene.verdict.refused(await reconfigure(scene, owner, { disks: [disk(scene, 'data')] }), {
        code: Code.INVALID_ARGUMENT,
        because: 'what lies beyond would be lost',
      });
      has(scene, await scene.state(owner), wanted);
    },
  },
  {
    id: 'disk/order-says-nothing',
    title: 'data disks are told apart by name: another order changes nothing',
    proves: '`disks`: data disks, keyed by name.',
    run: async (scene) => {
      const disks = [disk(scene, 'data'), disk(scene, 'logs', 'large')];
      const { owner, vm } = await withDisks(scene, disks);
      const after = await reconfigured(scene, owner, { disks: disks.toReversed() });
      has(scene, after, disks);
      const isSame = disks.every(({ name }) => named(after, name)?.id === named(vm, name)?.id);
      scene.verdict.holds({ holds: isSame, expected: `disks ${idsOf(vm).join(', ')}`, came: idsOf(after) });
    },
  },
  {
    id: 'disk/repeated',
    title: 'data disks that are so already are left as they are, also by who never changes any',
    proves: 'Reconfigure is level-triggered: what is so already is success.',
    run: async (scene) => {
      const { owner, vm } = await madeWith(scene, { disks: [disk(scene, 'data')] });
      const disks = dataOf(vm).map(({ name, sizeBytes }) => ({ name, sizeBytes }));
      await leftAsItIs(scene, { owner, vm, part: { disks } });
    },
  },
  {
    id: 'disk/added',
    title: 'a stopped VM gets another data disk, and keeps those that it has',
    proves: '`update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const [first, second] = [disk(scene, 'data'), disk(scene, 'logs')];
      const { owner, vm } = await withDisks(scene, [first]);
      const after = await reconfigured(scene, owner, { disks: [first, second] });
      has(scene, after, [first, second]);
      const kept = idsOf(vm).every((id) => idsOf(after).includes(id));
      scene.verdict.holds({ holds: kept, expected: `disks ${idsOf(vm).join(', ')} as before`, came: idsOf(after) });
    },
  },
  {
    id: 'disk/validate-only',
    title: 'Reconfigure of the disks with validate_only changes nothing',
    proves: 'validate_only: the answer without claim or effect.',
    run: async (scene) => {
      const wanted = [disk(scene, 'data')];
      const { owner } = await withDisks(scene, wanted);
      const asked = { disks: [disk(scene, 'data', 'large'), disk(scene, 'logs')] };
      scene.verdict.accepted(await reconfigure(scene, owner, asked, { validateOnly: true }));
      has(scene, await scene.state(owner), wanted);
    },
  },
  {
    id: 'disk/removed',
    title: 'a data disk that leaves the list is off the VM',
    proves: '`disks`: what leaves it is detached.',
    run: async (scene) => {
      const { after } = await detached(scene);
      has(scene, after, []);
    },
  },
  {
    id: 'disk/comes-back',
    title: 'a data disk that was detached comes back as it was when its name is asked for again',
    proves: 'A detached disk is attached again, never overwritten.',
    run: async (scene) => {
      const { owner, data, before } = await detached(scene);
      const back = named(await reconfigured(scene, owner, { disks: [data] }), 'data');
      scene.verdict.holds({ holds: back?.id === before.id, expected: `disk ${before.id}`, came: back });
    },
  },
  {
    id: 'disk/added-while-it-runs',
    title: 'a data disk for a running VM is there when that succeeds; else RESTART_REQUIRED, and nothing has changed',
    proves: 'What can be neither live nor pending on a running VM: RESTART_REQUIRED, BadRequest naming the fields.',
    run: async (scene) => {
      const [first, second] = [disk(scene, 'data'), disk(scene, 'logs')];
      const { owner } = await withDisks(scene, [first], PowerState.ON);
      const outcome = await reconfigure(scene, owner, { disks: [first, second] });
      if (outcome.ok) {
        await scene.finished(outcome.answer);
        has(scene, await scene.state(owner), [first, second]);
        return;
      }
      const { fieldViolations } = scene.verdict.refused(outcome, {
        code: Code.FAILED_PRECONDITION,
        reason: Reason.RestartRequired,
        because: 'the VM runs',
      });
      const fields = fieldViolations.map(({ field }) => field);
      scene.verdict.holds({ holds: fields.includes('desired.disks'), expected: 'field desired.disks', came: fields });
      has(scene, await scene.state(owner), [first]);
    },
  },
  {
    id: 'disk/hotplug',
    title: 'a running VM gets a data disk and runs on',
    proves: 'DISK_HOTPLUG.',
    capability: 'DISK_HOTPLUG',
    run: async (scene) => {
      const [first, second] = [disk(scene, 'data'), disk(scene, 'logs')];
      const { owner } = await withDisks(scene, [first], PowerState.ON);
      const after = await reconfigured(scene, owner, { disks: [first, second] });
      has(scene, after, [first, second]);
      scene.verdict.holds({ holds: after.powerState === PowerState.ON, expected: 'power_state ON', came: after });
    },
  },
  {
    id: 'disk/grows-while-it-runs',
    title: 'a data disk of a running VM grows, and the VM runs on',
    proves: 'DISK_GROW_ONLINE.',
    capability: 'DISK_GROW_ONLINE',
    run: async (scene) => {
      const { owner } = await withDisks(scene, [disk(scene, 'data')], PowerState.ON);
      const wanted = [disk(scene, 'data', 'large')];
      const after = await reconfigured(scene, owner, { disks: wanted });
      has(scene, after, wanted);
      scene.verdict.holds({ holds: after.powerState === PowerState.ON, expected: 'power_state ON', came: after });
    },
  },
  {
    id: 'disk/deleted-with-the-vm',
    title: "a VM's disks are gone from the hypervisor with it",
    proves: 'Delete removes all that bears the uid but detached disks.',
    backdoor: ['listDiskIds'],
    run: async (scene) => {
      const { owner, vm } = await withDisks(scene, [disk(scene, 'data')]);
      await atHypervisor(scene, idsOf(vm), 'there');
      await scene.succeed(await scene.delete(owner));
      await atHypervisor(scene, idsOf(vm), 'gone');
    },
  },
  {
    id: 'disk/detached-outlives-the-vm',
    title: 'a detached disk is still there when its VM is deleted',
    proves: 'Delete removes all that bears the uid but detached disks.',
    backdoor: ['listDiskIds'],
    run: async (scene) => {
      const { owner, before } = await detached(scene);
      await scene.succeed(await scene.delete(owner));
      await atHypervisor(scene, [before.id], 'there');
    },
  },
  {
    id: 'disk/back-with-a-new-vm',
    title: 'a detached disk comes back with a VM that is made for its owner again, and goes with that',
    proves: 'A detached disk is attached again, never overwritten.',
    backdoor: ['listDiskIds'],
    run: async (scene) => {
      const { owner, data, before } = await detached(scene);
      await scene.succeed(await scene.delete(owner));
      const again = await scene.create(owner, { spec: { disks: [data] } });
      const back = named(again, 'data');
      scene.verdict.holds({ holds: back?.id === before.id, expected: `disk ${before.id}`, came: back });
      await scene.succeed(await scene.delete(owner));
      await atHypervisor(scene, [before.id], 'gone');
    },
  },
  {
    id: 'disk/of-a-handed-over-vm',
    title: 'the disks of a VM that changed hands go when its new owner deletes it',
    proves: "What was made for the former owner is the new one's.",
    capability: 'ADOPT',
    backdoor: ['listDiskIds'],
    run: async (scene) => {
      const { owner, vm } = await withDisks(scene, [disk(scene, 'data')]);
      const heir = scene.owner('heir');
      scene.verdict.accepted(await adopt(scene, heir, vm.id, owner.uid));
      await scene.succeed(await scene.delete(heir));
      await atHypervisor(scene, idsOf(vm), 'gone');
    },
  },
  {
    id: 'disk/of-nobody',
    title: 'the disks of a VM that nobody owned stay when its adopter deletes it',
    proves: 'What nobody of ours had made is spared when the VM is deleted.',
    capability: 'ADOPT',
    backdoor: ['listDiskIds', 'removeVm'],
    run: async (scene) => {
      const { owner, vm } = await withDisks(scene, [disk(scene, 'data')]);
      scene.letsGo(vm.id, idsOf(vm));
      const mutation = mutationOf('release', owner);
      await scene.succeed(await scene.calls.mutate('delete', { mutation, releaseOnly: true }));
      const heir = scene.owner('heir');
      scene.verdict.accepted(await adopt(scene, heir, vm.id));
      await scene.succeed(await scene.delete(heir));
      await atHypervisor(scene, idsOf(vm), 'there');
    },
  },
];
