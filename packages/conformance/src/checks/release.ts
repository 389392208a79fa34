import { Code, PowerState, Reason, type Owner, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { byId, onlyOwnerChanged, untouched } from './bystander.ts';

const release = (scene: Scene, owner: Owner, { id = '', term = 1n } = {}) =>
  scene.calls.mutate('delete', { mutation: mutationOf('release', owner, { term }), id, releaseOnly: true });

interface Kept {
  readonly owner: Owner;
  /** As it was while the owner had it. */
  readonly vm: VirtualMachineState;
}

/** A VM that is to be let go. */
async function owned(scene: Scene, initialPower: PowerState = PowerState.OFF): Promise<Kept> {
  const owner = scene.owner();
  const { id } = await scene.create(owner, { initialPower });
  scene.letsGo(id);
  const vm = await scene.eventually('the power that was asked for', owner, (is) => is.powerState === initialPower);
  return { owner, vm };
}

/** A VM that its owner has let go. */
async function released(scene: Scene, initialPower?: PowerState): Promise<Kept> {
  const kept = await owned(scene, initialPower);
  await scene.succeed(await release(scene, kept.owner, kept.vm));
  return kept;
}

const base = { backdoor: ['removeVm'] } as const;
const ONLY = 'release_only: remove the stamp, touch nothing else.';
const isAbsent = { code: Code.NOT_FOUND, reason: Reason.VmAbsent, because: 'it was let go' } as const;

/** How a VM outlives its owner: deletionPolicy Retain. */
export const releaseChecks: readonly Check[] = [
  {
    ...base,
    id: 'release/stamp-goes',
    title: 'a VM that is let go is still there, and nobody owns it',
    proves: ONLY,
    run: async (scene) => {
      const { owner, vm } = await released(scene);
      scene.verdict.refused(await scene.calls.send('describe', { owner }), isAbsent);
      const left = await byId(scene, vm.id);
      scene.verdict.holds({
        holds: left.owner === undefined && left.copiedFrom === '',
        expected: `VM ${vm.id} without owner and copied_from`,
        came: { owner: left.owner, copiedFrom: left.copiedFrom },
      });
    },
  },
  {
    ...base,
    id: 'release/touches-nothing-else',
    title: 'a running VM that is let go runs on, and is as it was',
    proves: ONLY,
    run: async (scene) => {
      const { vm } = await released(scene, PowerState.ON);
      await onlyOwnerChanged(scene, vm);
    },
  },
  {
    ...base,
    id: 'release/repeated',
    title: 'letting go again succeeds',
    proves: 'Delete of something absent, or not ours, succeeds.',
    run: async (scene) => {
      const { owner, vm } = await released(scene);
      const again = await release(scene, owner, vm);
      scene.verdict.holds({ holds: again.ok, expected: 'success', came: again.ok ? '' : again.error.message });
      await onlyOwnerChanged(scene, vm);
    },
  },
  {
    id: 'release/of-nothing',
    title: 'letting go for an owner without a VM succeeds',
    proves: 'Delete of something absent, or not ours, succeeds.',
    run: async (scene) => {
      const outcome = await release(scene, scene.owner());
      scene.verdict.holds({ holds: outcome.ok, expected: 'success', came: outcome.ok ? '' : outcome.error.message });
    },
  },
  {
    id: 'release/spares-others',
    title: "letting go of another owner's VM succeeds, and leaves its stamp",
    proves: "A Delete of a VM that bears another owner's stamp succeeds and leaves it alone.",
    run: async (scene) => {
      const vm = await scene.create(scene.owner('mine'));
      await scene.succeed(await release(scene, scene.owner('other'), vm));
      await untouched(scene, vm);
    },
  },
  {
    ...base,
    id: 'release/of-an-old-leader',
    title: 'letting go is refused to an old leader, and the stamp stays',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const { owner, vm } = await owned(scene);
      const { clusterId } = scene;
      scene.verdict.accepted(await scene.calls.send('getProviderInfo', { clusterId, term: 5n }));
      scene.verdict.refused(await release(scene, owner, { id: vm.id, term: 4n }), {
        code: Code.ABORTED,
        reason: Reason.StaleTerm,
        because: 'a leader with a higher term was seen',
      });
      await untouched(scene, vm);
    },
  },
  {
    ...base,
    id: 'release/then-deleted',
    title: 'a Delete of the former owner leaves what was let go alone, its disks too',
    proves: 'Delete of something absent, or not ours, succeeds.',
    run: async (scene) => {
      const { owner, vm } = await released(scene);
      await scene.succeed(await scene.delete(owner, vm.id));
      await onlyOwnerChanged(scene, vm);
    },
  },
  {
    ...base,
    id: 'release/then-created',
    title: 'a Create of the former owner neither takes back nor replaces what was let go',
    proves: 'Nothing is ever adopted by a stamp that is not its own.',
    run: async (scene) => {
      const { owner, vm } = await released(scene);
      const outcome = await scene.calls.mutate('create', scene.createRequest(owner));
      if (outcome.ok) {
        await scene.finished({ task: outcome.answer.task });
        const { id } = await scene.state(owner);
        scene.verdict.holds({ holds: id !== vm.id, expected: 'a VM other than that', came: `VM ${id}` });
      } else {
        scene.verdict.refused(outcome, {
          code: Code.ALREADY_EXISTS,
          reason: Reason.NameTaken,
          because: 'what was let go has the name',
        });
      }
      const left = await byId(scene, vm.id);
      scene.verdict.holds({ holds: left.owner === undefined, expected: `VM ${vm.id} without an owner`, came: left });
      await onlyOwnerChanged(scene, vm);
    },
  },
  {
    ...base,
    id: 'release/then-adopted',
    title: 'what was let go can be adopted, by its former owner as well',
    proves: 'Adopt: stamp a VM that has no owner, or the expected one.',
    capability: 'ADOPT',
    run: async (scene) => {
      const { owner, vm } = await released(scene);
      const mutation = mutationOf('adopt', owner, { parameters: vm.id });
      scene.verdict.accepted(await scene.calls.mutate('adopt', { mutation, id: vm.id }));
      const again = await scene.state(owner);
      scene.verdict.holds({ holds: again.id === vm.id, expected: `VM ${vm.id} of its owner again`, came: again });
    },
  },
  {
    ...base,
    id: 'release/is-told',
    title: 'a VM that is let go is gone for who watches the VMs of its cluster alone',
    proves: '`cluster_id` and `owned_only`: only what bears the stamp of that cluster.',
    run: async (scene) => {
      const { owner, vm } = await owned(scene);
      const log = scene.watch({ clusterId: scene.clusterId, ownedOnly: true });
      await log.until('a bookmark', ({ $case }) => $case === 'bookmark');
      await scene.succeed(await release(scene, owner));
      const gone = await log.until(
        `that VM ${vm.id} is told gone`,
        (event) => event.$case === 'gone' && event.value.id === vm.id,
      );
      scene.verdict.holds({ holds: gone.$case === 'gone', expected: 'gone', came: gone });
    },
  },
];
