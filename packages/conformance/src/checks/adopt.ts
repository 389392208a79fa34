import {
  Code,
  PowerOp,
  PowerState,
  Reason,
  type Owner,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import { ConformanceError } from '../check-failure.ts';
import type { Check } from '../check.ts';
import type { Outcome } from '../runner/outcome.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { longCreate } from './long-create.ts';
import { foreignVm, NOT_YOURS, onlyOwnerChanged, untouched } from './bystander.ts';

/** Asks for a VM in an owner's name. `from`: whose it is expected to be; absent: nobody's. */
const adopt = (scene: Scene, owner: Owner, id: string, from?: Pick<Owner, 'uid'>) =>
  scene.calls.mutate('adopt', {
    mutation: mutationOf('adopt', owner, { parameters: [id, from?.uid] }),
    id,
    expectedOwnerUid: from?.uid ?? '',
  });

/** Holds that the owner has just that VM. */
async function has(scene: Scene, owner: Owner, id: string): Promise<void> {
  const vm = await scene.state(owner);
  scene.verdict.holds({
    holds: vm.id === id && vm.owner?.uid === owner.uid,
    expected: `VM ${id}, of owner ${owner.uid}`,
    came: { id: vm.id, owner: vm.owner },
  });
}

interface Handed {
  readonly former: Owner;
  readonly heir: Owner;
  readonly vm: VirtualMachineState;
}

/** A VM of one owner, and another owner who is after it. */
async function wanted(scene: Scene, initialPower: PowerState = PowerState.OFF): Promise<Handed> {
  const former = scene.owner('former');
  await scene.create(former, { initialPower });
  const vm = await scene.eventually('the power that was asked for', former, (is) => is.powerState === initialPower);
  return { former, heir: scene.owner('heir'), vm };
}

/** The same, taken over. */
async function handedOver(scene: Scene, initialPower?: PowerState): Promise<Handed> {
  const handed = await wanted(scene, initialPower);
  scene.verdict.accepted(await adopt(scene, handed.heir, handed.vm.id, handed.former));
  return handed;
}

/** Holds that a VM stayed whose it was, and as it was, since the call was refused. */
async function refusedAs(
  scene: Scene,
  outcome: Outcome<unknown>,
  { because, vm }: { readonly because: string; readonly vm: VirtualMachineState },
): Promise<void> {
  scene.verdict.refused(outcome, { ...NOT_YOURS, because });
  await untouched(scene, vm);
}

const base = { capability: 'ADOPT' } as const;
const byHand = { ...base, backdoor: ['defineVm', 'removeVm'] } as const;
const REPLACES = 'Adopt: stamp a VM that has no owner, or the expected one.';

/** How a VM comes to an owner that did not make it. */
export const adoptChecks: readonly Check[] = [
  {
    ...byHand,
    id: 'adopt/becomes-ours',
    title: "a VM that nobody owns becomes its adopter's, by id and by owner",
    proves: REPLACES,
    run: async (scene) => {
      const { id } = await foreignVm(scene, 'byhand');
      const owner = scene.owner();
      const { vm } = scene.verdict.accepted(await adopt(scene, owner, id));
      const answered = vm?.id === id && vm.owner?.uid === owner.uid;
      scene.verdict.holds({ holds: answered, expected: `VM ${id}, of owner ${owner.uid}, as the answer`, came: vm });
      await has(scene, owner, id);
    },
  },
  {
    ...base,
    id: 'adopt/changes-hands',
    title: "a VM of the expected owner becomes its adopter's, and the former owner has none",
    proves: REPLACES,
    run: async (scene) => {
      const { former, heir, vm } = await handedOver(scene);
      await has(scene, heir, vm.id);
      scene.verdict.refused(await scene.calls.send('describe', { owner: former }), {
        code: Code.NOT_FOUND,
        reason: Reason.VmAbsent,
        because: "its VM is another owner's now",
      });
    },
  },
  {
    ...base,
    id: 'adopt/touches-nothing-else',
    title: 'a running VM that changes hands runs on, and is as it was',
    proves: 'Adopt replaces the stamp, and nothing else.',
    run: async (scene) => {
      const { vm } = await handedOver(scene, PowerState.ON);
      await onlyOwnerChanged(scene, vm);
    },
  },
  {
    ...base,
    id: 'adopt/repeated',
    title: 'the same Adopt again succeeds',
    proves: 'Adopt is level-triggered.',
    run: async (scene) => {
      const { former, heir, vm } = await handedOver(scene);
      const again = await adopt(scene, heir, vm.id, former);
      scene.verdict.holds({ holds: again.ok, expected: 'success', came: again.ok ? '' : again.error.message });
      await has(scene, heir, vm.id);
    },
  },
  {
    ...base,
    id: 'adopt/spares-an-owned-vm',
    title: 'an owned VM is not taken for one that nobody owns',
    proves: 'expected_owner_uid empty: it must be unowned.',
    run: async (scene) => {
      const { heir, vm } = await wanted(scene);
      await refusedAs(scene, await adopt(scene, heir, vm.id), { because: 'somebody owns it', vm });
    },
  },
  {
    ...base,
    id: 'adopt/of-another-owner',
    title: 'a VM of another owner than the expected one is refused',
    proves: REPLACES,
    run: async (scene) => {
      const { heir, vm } = await wanted(scene);
      const outcome = await adopt(scene, heir, vm.id, { uid: randomUUID() });
      await refusedAs(scene, outcome, { because: 'it belongs to another owner than the expected one', vm });
    },
  },
  {
    ...byHand,
    id: 'adopt/of-nobody-any-more',
    title: 'a VM that nobody owns is refused where an owner is expected',
    proves: REPLACES,
    run: async (scene) => {
      const vm = await foreignVm(scene, 'byhand');
      const outcome = await adopt(scene, scene.owner(), vm.id, { uid: randomUUID() });
      await refusedAs(scene, outcome, { because: 'nobody owns it', vm });
    },
  },
  {
    ...base,
    id: 'adopt/unknown-id',
    title: 'Adopt of an id that no VM has is VM_ABSENT',
    proves: 'A mutation of a VM that the hypervisor does not have answers VM_ABSENT.',
    run: async (scene) => {
      scene.verdict.refused(await adopt(scene, scene.owner(), randomUUID()), {
        code: Code.NOT_FOUND,
        reason: Reason.VmAbsent,
        because: 'no VM has that id',
      });
    },
  },
  {
    ...base,
    id: 'adopt/never-by-name',
    title: 'Adopt without an id is refused, also where the name would tell',
    proves: 'Nothing is ever adopted, changed or deleted by name.',
    run: async (scene) => {
      const former = scene.owner('same');
      const vm = await scene.create(former);
      scene.verdict.refused(await adopt(scene, scene.owner('same'), '', former), {
        code: Code.INVALID_ARGUMENT,
        because: 'no VM was named',
      });
      await untouched(scene, vm);
    },
  },
  {
    ...base,
    id: 'adopt/one-vm-each',
    title: 'an owner that has a VM gets no second one, and keeps the first',
    proves: 'Two carriers of one stamp: DUPLICATE_OWNER.',
    run: async (scene) => {
      const { former, heir, vm } = await wanted(scene);
      const own = await scene.create(heir);
      scene.verdict.refused(await adopt(scene, heir, vm.id, former), {
        code: Code.FAILED_PRECONDITION,
        reason: Reason.DuplicateOwner,
        because: 'the owner has a VM already',
      });
      await untouched(scene, vm);
      await untouched(scene, own);
    },
  },
  {
    ...base,
    id: 'adopt/of-a-copy',
    title: 'a copy is adopted as what nobody owns, and not as what the original is',
    proves: 'On any other carrier the stamp counts as `copied_from`, never as owner.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { former, heir, vm } = await wanted(scene);
      const id = scene.foreign(await scene.behind('copyVm')(vm.id, scene.foreignName('copy')));
      scene.verdict.refused(await adopt(scene, heir, id, former), { ...NOT_YOURS, because: 'nobody owns the copy' });
      scene.verdict.accepted(await adopt(scene, heir, id));
      await has(scene, heir, id);
      await untouched(scene, vm);
    },
  },
  {
    ...base,
    id: 'adopt/while-it-is-made',
    title: 'a VM that is not finished yet does not change hands, and gets whole for its owner',
    proves: 'A half-made VM cannot change hands: only its own Create knows what it lacks.',
    backdoor: ['delayCreates'],
    run: async (scene) => {
      const { owner: former, task } = await longCreate(scene);
      const half = await scene.calls.send('describe', { owner: former });
      const id = half.ok ? half.answer.vm?.id : undefined;
      if (!id) throw new ConformanceError({ kind: 'not-applicable', why: 'a VM is not seen before it is finished' });
      const heir = scene.owner('heir');
      const mutation = mutationOf('adopt', heir);
      const outcome = await scene.calls.send('adopt', { mutation, id, expectedOwnerUid: former.uid });
      const isWorkedOn = !outcome.ok && outcome.error.reason === Reason.OperationInProgress;
      scene.verdict.refused(outcome, {
        code: isWorkedOn ? Code.ABORTED : Code.FAILED_PRECONDITION,
        reason: isWorkedOn ? Reason.OperationInProgress : Reason.WrongState,
        because: 'it is still being made',
      });
      await scene.finished({ task });
      await has(scene, former, id);
    },
  },
  {
    ...base,
    id: 'adopt/of-an-old-leader',
    title: 'Adopt of an old leader is refused, and the VM stays whose it was',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const { former, heir, vm } = await wanted(scene);
      const { clusterId } = scene;
      scene.verdict.accepted(await scene.calls.send('getProviderInfo', { clusterId, term: 5n }));
      const mutation = mutationOf('adopt', heir, { term: 4n });
      const outcome = await scene.calls.mutate('adopt', { mutation, id: vm.id, expectedOwnerUid: former.uid });
      scene.verdict.refused(outcome, {
        code: Code.ABORTED,
        reason: Reason.StaleTerm,
        because: 'a leader with a higher term was seen',
      });
      await untouched(scene, vm);
    },
  },
  {
    ...base,
    id: 'adopt/former-owner-is-kept-out',
    title: "the former owner's Power is refused, and its Delete leaves the VM alone",
    proves: "A mutation of a VM that bears another owner's stamp fails with OWNER_MISMATCH; a Delete leaves it alone.",
    run: async (scene) => {
      const { former, heir, vm } = await handedOver(scene);
      scene.verdict.refused(await scene.power(former, PowerOp.ON, vm.id), NOT_YOURS);
      await scene.succeed(await scene.delete(former, vm.id));
      await onlyOwnerChanged(scene, vm);
      await has(scene, heir, vm.id);
    },
  },
  {
    ...base,
    id: 'adopt/new-owner-acts',
    title: 'who adopted a VM may switch it on, and delete it',
    proves: 'A VM belongs to the owner whose stamp it carries.',
    run: async (scene) => {
      const { heir, vm } = await handedOver(scene);
      await scene.succeed(await scene.power(heir, PowerOp.ON));
      const isOn = ({ powerState }: VirtualMachineState) => powerState === PowerState.ON;
      const on = await scene.eventually('power_state ON', heir, isOn);
      scene.verdict.holds({ holds: on.id === vm.id, expected: `VM ${vm.id}, on`, came: on });
      await scene.succeed(await scene.delete(heir));
      scene.verdict.refused(await scene.calls.send('describe', { id: vm.id }), {
        code: Code.NOT_FOUND,
        reason: Reason.VmAbsent,
        because: 'its owner deleted it',
      });
    },
  },
  {
    ...base,
    id: 'adopt/is-told',
    title: 'a VM that changes hands is told with its new owner',
    proves: 'WatchVMs: first everything, then what changes.',
    run: async (scene) => {
      const { former, heir, vm } = await wanted(scene);
      const log = scene.watch();
      await log.until('a bookmark', ({ $case }) => $case === 'bookmark');
      scene.verdict.accepted(await adopt(scene, heir, vm.id, former));
      const isTold = await log.until(
        `an upsert of VM ${vm.id} with owner ${heir.uid}`,
        (event) => event.$case === 'upsert' && event.value.id === vm.id && event.value.owner?.uid === heir.uid,
      );
      scene.verdict.holds({ holds: isTold.$case === 'upsert', expected: 'an upsert', came: isTold });
    },
  },
];
