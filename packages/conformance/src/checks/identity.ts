import { Code, PowerOp, PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { MIB, mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { foreignVm, NOT_YOURS, untouched } from './bystander.ts';

/** Creates under a name that is taken: refused, or a VM of its own. Never the one that has the name. */
async function createsBeside(scene: Scene, taken: VirtualMachineState): Promise<void> {
  const owner = scene.owner('late');
  const outcome = await scene.calls.mutate('create', scene.createRequest(owner, { spec: { name: taken.name } }));
  if (outcome.ok) {
    await scene.finished({ task: outcome.answer.task });
    const { id } = await scene.state(owner);
    scene.verdict.holds({
      holds: id !== taken.id,
      expected: 'NAME_TAKEN, or a VM of its own',
      came: `VM ${id}, which is another's`,
    });
  } else {
    scene.verdict.refused(outcome, { code: Code.ALREADY_EXISTS, reason: 'NAME_TAKEN', because: 'the name is taken' });
  }
  await untouched(scene, taken);
}

/** Whose VM it is: by stamp alone, never by name or id. */
export const identityChecks: readonly Check[] = [
  {
    id: 'identity/delete-spares-others',
    title: "a Delete that names another owner's VM leaves it alone, and succeeds",
    proves: "A Delete of a VM that bears another owner's stamp succeeds and leaves it alone.",
    run: async (scene) => {
      const vm = await scene.create(scene.owner('mine'));
      await scene.succeed(await scene.delete(scene.owner('other'), vm.id));
      await untouched(scene, vm);
    },
  },
  {
    id: 'identity/power-spares-others',
    title: "Power of another owner's VM is refused, and nothing changes",
    proves: "A mutation of a VM that bears another owner's stamp fails with OWNER_MISMATCH.",
    run: async (scene) => {
      const vm = await scene.create(scene.owner('mine'));
      scene.verdict.refused(await scene.power(scene.owner('other'), PowerOp.ON, vm.id), NOT_YOURS);
      await untouched(scene, vm);
    },
  },
  {
    id: 'identity/reconfigure-spares-others',
    title: "Reconfigure of another owner's VM is refused, and nothing changes",
    proves: "A mutation of a VM that bears another owner's stamp fails with OWNER_MISMATCH.",
    run: async (scene) => {
      const vm = await scene.create(scene.owner('mine'));
      const other = scene.owner('other');
      const { moreCpus, moreMemoryMiB } = scene.profile.limits;
      const compute = { cpus: moreCpus, memoryBytes: BigInt(moreMemoryMiB) * MIB };
      const request = {
        mutation: mutationOf('reconfigure', other, { parameters: compute }),
        id: vm.id,
        desired: { ...scene.createRequest(other).spec, compute },
        updateMask: ['compute.cpus'],
      };
      scene.verdict.refused(await scene.calls.mutate('reconfigure', request), NOT_YOURS);
      await untouched(scene, vm);
    },
  },
  {
    id: 'identity/id-is-a-hint',
    title: "a Delete with somebody else's id deletes what its owner has",
    proves: '`id`: a hint; owner.uid decides.',
    run: async (scene) => {
      const owner = scene.owner('mine');
      await scene.create(owner);
      const other = await scene.create(scene.owner('other'));
      await scene.succeed(await scene.delete(owner, other.id));
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: "the owner's VM was deleted",
      });
      await untouched(scene, other);
    },
  },
  {
    id: 'identity/one-vm-by-id-and-owner',
    title: 'Describe by id and by owner is about the same VM',
    proves: 'Describe: by owner.uid when id is empty.',
    run: async (scene) => {
      const vm = await scene.create(scene.owner());
      const { vm: byId } = scene.verdict.accepted(await scene.calls.send('describe', { id: vm.id }));
      scene.verdict.holds({
        holds: byId?.id === vm.id && byId.owner?.uid === vm.owner?.uid,
        expected: `VM ${vm.id} of ${vm.owner?.uid ?? ''}`,
        came: byId,
      });
    },
  },
  {
    id: 'identity/name-of-an-owned-vm',
    title: 'a Create under the name of an owned VM never becomes that VM',
    proves: 'Nothing is ever adopted, changed or deleted by name.',
    run: async (scene) => {
      await createsBeside(scene, await scene.create(scene.owner('mine')));
    },
  },
  {
    id: 'identity/name-of-a-foreign-vm',
    title: 'a Create under the name of a VM that somebody made by hand never becomes that VM',
    proves: 'Nothing is ever adopted, changed or deleted by name.',
    backdoor: ['defineVm', 'removeVm'],
    run: async (scene) => {
      await createsBeside(scene, await foreignVm(scene, 'byhand'));
    },
  },
  {
    id: 'identity/foreign-has-no-owner',
    title: 'a VM that somebody made by hand is listed, and nobody owns it',
    proves: '`owner` unset: not one of ours.',
    backdoor: ['defineVm', 'removeVm'],
    run: async (scene) => {
      const { id } = await foreignVm(scene, 'byhand');
      const listed = (await scene.list()).find((vm) => vm.id === id);
      scene.verdict.holds({
        holds: listed !== undefined && listed.owner === undefined && listed.copiedFrom === '',
        expected: `VM ${id} in ListVMs, without owner and copied_from`,
        came: listed ?? 'a list without it',
      });
    },
  },
  {
    id: 'identity/foreign-is-left-alone',
    title: 'Power of a VM that nobody owns is refused, and Delete leaves it alone',
    proves: 'Nothing is ever adopted, changed or deleted by name.',
    backdoor: ['defineVm', 'removeVm'],
    run: async (scene) => {
      const vm = await foreignVm(scene, 'byhand');
      const owner = scene.owner('other');
      scene.verdict.refused(await scene.power(owner, PowerOp.ON, vm.id), NOT_YOURS);
      await scene.succeed(await scene.delete(owner, vm.id));
      await untouched(scene, vm);
      scene.verdict.holds({
        holds: vm.powerState === PowerState.OFF,
        expected: 'a VM made by hand that is off',
        came: vm,
      });
    },
  },
];
