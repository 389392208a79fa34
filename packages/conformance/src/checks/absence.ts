import { Code, PowerOp } from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import type { Check } from '../check.ts';
import { MIB, mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

const isAbsent = (because: string) => ({ code: Code.NOT_FOUND, reason: 'VM_ABSENT', because });

/** Removes an owner's VM behind the provider's back, and answers the owner. */
async function removedByHand(scene: Scene) {
  const owner = scene.owner();
  const { id } = await scene.create(owner);
  await scene.behind('removeVm')(id);
  scene.journal.wrote(`behind the provider's back: VM ${id} was removed`);
  return { owner, id };
}

/** How many calls go out with credentials that are refused, and how many logins they may cost. */
const [CALLS, MOST_LOGINS] = [500, 5];

/** VM_ABSENT is the one word that means gone; nothing else may be read so. */
export const absenceChecks: readonly Check[] = [
  {
    id: 'absence/unknown-owner',
    title: 'Describe of an owner without a VM is VM_ABSENT',
    proves: 'Only NOT_FOUND with reason VM_ABSENT means "the hypervisor, asked now, said that it was not there".',
    run: async (scene) => {
      const outcome = await scene.calls.send('describe', { owner: scene.owner() });
      scene.verdict.refused(outcome, isAbsent('this owner never had a VM'));
    },
  },
  {
    id: 'absence/unknown-id',
    title: 'Describe of an id that no VM has is VM_ABSENT',
    proves: 'Only NOT_FOUND with reason VM_ABSENT means "the hypervisor, asked now, said that it was not there".',
    run: async (scene) => {
      const outcome = await scene.calls.send('describe', { id: randomUUID() });
      scene.verdict.refused(outcome, isAbsent('no VM has that id'));
    },
  },
  {
    id: 'absence/after-delete',
    title: 'a VM is absent once its Delete has succeeded: by owner, by id, and in the list',
    proves: 'Delete removes all that bears the uid.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      await scene.succeed(await scene.delete(owner, id));
      for (const by of [{ owner }, { id }]) {
        scene.verdict.refused(await scene.calls.send('describe', by), isAbsent('it was deleted'));
      }
      const ids = (await scene.list()).map((vm) => vm.id);
      scene.verdict.holds({ holds: !ids.includes(id), expected: `a list without ${id}`, came: ids });
    },
  },
  {
    id: 'absence/gone-at-the-hypervisor',
    title: 'a VM that was deleted is gone when the hypervisor itself is asked',
    proves: '"Done" is read from the hypervisor.',
    backdoor: ['listVmIds'],
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      await scene.succeed(await scene.delete(owner, id));
      const ids = await scene.behind('listVmIds')();
      scene.verdict.holds({ holds: !ids.includes(id), expected: `a hypervisor without VM ${id}`, came: ids });
    },
  },
  {
    id: 'absence/delete-of-nothing',
    title: 'Delete for an owner without a VM succeeds',
    proves: 'Delete of something absent, or not ours, succeeds.',
    run: async (scene) => {
      const outcome = await scene.delete(scene.owner());
      scene.verdict.holds({ holds: outcome.ok, expected: 'success', came: outcome.ok ? '' : outcome.error.message });
    },
  },
  {
    id: 'absence/power-of-nothing',
    title: 'Power for an owner without a VM is VM_ABSENT',
    proves: 'A mutation of a VM that the hypervisor does not have answers VM_ABSENT.',
    run: async (scene) => {
      scene.verdict.refused(await scene.power(scene.owner(), PowerOp.ON), isAbsent('this owner never had a VM'));
    },
  },
  {
    id: 'absence/reconfigure-of-nothing',
    title: 'Reconfigure for an owner without a VM is VM_ABSENT',
    proves: 'A mutation of a VM that the hypervisor does not have answers VM_ABSENT.',
    run: async (scene) => {
      const owner = scene.owner();
      const { moreCpus, memoryMiB } = scene.profile.limits;
      const compute = { cpus: moreCpus, memoryBytes: BigInt(memoryMiB) * MIB };
      const request = {
        mutation: mutationOf('reconfigure', owner, { parameters: compute }),
        desired: { ...scene.createRequest(owner).spec, compute },
        updateMask: ['compute.cpus'],
      };
      scene.verdict.refused(await scene.calls.mutate('reconfigure', request), isAbsent('this owner never had a VM'));
    },
  },
  {
    id: 'absence/nothing-asked',
    title: 'Describe without id and owner is refused, not answered with an absence',
    proves: 'Only NOT_FOUND with reason VM_ABSENT means "the hypervisor, asked now, said that it was not there".',
    run: async (scene) => {
      scene.verdict.refused(await scene.calls.send('describe', {}), {
        code: Code.INVALID_ARGUMENT,
        because: 'nothing was asked for',
      });
    },
  },
  {
    id: 'absence/removed-by-hand',
    title: 'a VM that somebody removed by hand is absent at once, and its Delete succeeds',
    proves: '"Absent" is what the hypervisor says when it is asked now.',
    backdoor: ['removeVm'],
    run: async (scene) => {
      const { owner, id } = await removedByHand(scene);
      for (const by of [{ owner }, { id }]) {
        scene.verdict.refused(await scene.calls.send('describe', by), isAbsent('somebody removed it'));
      }
      const outcome = await scene.delete(owner, id);
      scene.verdict.holds({ holds: outcome.ok, expected: 'success', came: outcome.ok ? '' : outcome.error.message });
    },
  },
  {
    id: 'absence/out-of-reach',
    title: 'a hypervisor that cannot be asked is UNAVAILABLE, for Describe as for Delete, and never an absence',
    proves: 'Anything that kept the provider from asking is UNAVAILABLE, UNAUTHENTICATED or PERMISSION_DENIED.',
    backdoor: ['cutOff', 'reconnect'],
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      await scene.cutOff();
      const unreachable = {
        code: Code.UNAVAILABLE,
        reason: 'HYPERVISOR_UNREACHABLE',
        because: 'the hypervisor cannot be asked',
      };
      scene.verdict.refused(await scene.calls.send('describe', { owner }), unreachable);
      scene.verdict.refused(await scene.calls.send('describe', { id }), unreachable);
      scene.verdict.refused(await scene.delete(owner, id), unreachable);
    },
  },
  {
    id: 'absence/refused-logins',
    title: 'refused credentials are UNAUTHENTICATED for every call, and 500 calls cost a few logins',
    proves: 'Anything that kept the provider from asking is UNAVAILABLE, UNAUTHENTICATED or PERMISSION_DENIED.',
    backdoor: ['refuseLogins', 'admitLogins', 'countLogins'],
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      const before = await scene.behind('countLogins')();
      scene.afterwards(scene.behind('admitLogins'));
      await scene.behind('refuseLogins')();
      scene.journal.wrote("behind the provider's back: its credentials are refused");
      const rejected = {
        code: Code.UNAUTHENTICATED,
        reason: 'CREDENTIALS_REJECTED',
        because: 'the hypervisor refuses the credentials',
      };
      const asks = () => scene.calls.send('describe', { owner });
      await scene.untilRefused('that the provider notices', asks, rejected.reason);
      for (const outcome of await Promise.all(Array.from({ length: CALLS }, asks))) {
        scene.verdict.refused(outcome, rejected);
      }
      const logins = (await scene.behind('countLogins')()) - before;
      scene.verdict.holds({
        holds: logins <= MOST_LOGINS,
        expected: `${String(MOST_LOGINS)} logins at most for ${String(CALLS)} calls`,
        came: `${String(logins)} logins`,
      });
    },
  },
];
