import {
  Code,
  PowerOp,
  PowerState,
  Reason,
  type Owner,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Outcome } from '../runner/outcome.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

interface Copied {
  readonly owner: Owner;
  readonly original: VirtualMachineState;
  readonly copyId: string;
}

async function copied(scene: Scene): Promise<Copied> {
  const owner = scene.owner();
  const original = await scene.create(owner);
  const copyId = scene.foreign(await scene.behind('copyVm')(original.id, scene.foreignName('copy')));
  return { owner, original, copyId };
}

/** Two carriers of one stamp, where it names none of them: everything is refused, which is right, too. */
const isDuplicate = (outcome: Outcome<unknown>): boolean =>
  !outcome.ok && outcome.error.code === Code.FAILED_PRECONDITION && outcome.error.reason === Reason.DuplicateOwner;

async function byId(scene: Scene, id: string): Promise<VirtualMachineState | undefined> {
  return scene.verdict.accepted(await scene.calls.send('describe', { id })).vm;
}

/** The copy alone; ends the check where the stamp names no carrier, so that the copy passes for the original. */
async function loneCopy(scene: Scene): Promise<Copied> {
  const found = await copied(scene);
  if (isDuplicate(await scene.calls.send('describe', { owner: found.owner }))) {
    const why = 'the stamp names no carrier, so that a copy counts as a second VM of its owner (DUPLICATE_OWNER)';
    throw new ConformanceError({ kind: 'not-applicable', why });
  }
  await scene.behind('removeVm')(found.original.id);
  scene.journal.wrote(
    `behind the provider's back: VM ${found.original.id} was removed, its copy ${found.copyId} stays`,
  );
  return found;
}

/** A UI clone, a restore: a VM that bears a stamp which is not its own. */
export const copiedStampChecks: readonly Check[] = [
  {
    id: 'copied-stamp/shown-as-a-copy',
    title: 'a copy is listed as a copy of the original, and nobody owns it',
    proves: 'On any other carrier the stamp counts as `copied_from`, never as owner.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, original, copyId } = await copied(scene);
      const vms = (await scene.list()).filter(({ id }) => id === copyId || id === original.id);
      const copy = vms.find(({ id }) => id === copyId);
      const isCopy = copy !== undefined && copy.owner === undefined && copy.copiedFrom === original.id;
      if (!isCopy && isDuplicate(await scene.calls.send('describe', { owner }))) {
        throw new ConformanceError({ kind: 'not-applicable', why: 'the stamp names no carrier (DUPLICATE_OWNER)' });
      }
      scene.verdict.holds({
        holds: isCopy,
        expected: `VM ${copyId} with copied_from ${original.id} and no owner`,
        came: copy ?? 'a list without it',
      });
      scene.verdict.holds({
        holds: vms.find(({ id }) => id === original.id)?.owner?.uid === owner.uid,
        expected: `VM ${original.id} of ${owner.uid}`,
        came: vms,
      });
    },
  },
  {
    id: 'copied-stamp/describe-finds-the-original',
    title: "Describe by owner never answers the owner's copy",
    proves: 'Two carriers that both match: DUPLICATE_OWNER; else the one that the stamp names.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, original } = await copied(scene);
      const outcome = await scene.calls.send('describe', { owner });
      const id = outcome.ok ? outcome.answer.vm?.id : undefined;
      scene.verdict.holds({
        holds: id === original.id || isDuplicate(outcome),
        expected: `VM ${original.id}, or DUPLICATE_OWNER`,
        came: outcome.ok ? `VM ${id ?? ''}` : outcome.error.message,
      });
    },
  },
  {
    id: 'copied-stamp/power-spares-the-copy',
    title: 'Power for the owner leaves the copy as it is',
    proves: 'A copied VM owns nothing.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, original, copyId } = await copied(scene);
      const outcome = await scene.power(owner, PowerOp.ON, original.id);
      if (!isDuplicate(outcome)) await scene.succeed(outcome);
      const copy = await byId(scene, copyId);
      scene.verdict.holds({
        holds: copy?.powerState === PowerState.OFF,
        expected: `VM ${copyId} off as before`,
        came: copy,
      });
    },
  },
  {
    id: 'copied-stamp/delete-spares-the-copy',
    title: 'Delete for the owner leaves the copy alone',
    proves: 'A copied VM owns nothing.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, copyId } = await copied(scene);
      const outcome = await scene.delete(owner);
      if (!isDuplicate(outcome)) await scene.succeed(outcome);
      const described = await scene.calls.send('describe', { id: copyId });
      scene.verdict.holds({
        holds: described.ok,
        expected: `VM ${copyId}, the copy, as before`,
        came: described.ok ? '' : described.error.message,
      });
    },
  },
  {
    id: 'copied-stamp/mutation-of-the-copy',
    title: "a stranger's Power that names the copy is refused",
    proves: 'owner.uid decides; a copied VM owns nothing.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { copyId } = await copied(scene);
      const stranger = scene.owner('stranger');
      const request = { mutation: mutationOf('power', stranger), id: copyId, op: PowerOp.ON };
      scene.verdict.refused(await scene.calls.mutate('power', request), {
        code: Code.FAILED_PRECONDITION,
        reason: Reason.OwnerMismatch,
        because: 'nobody owns the copy',
      });
      const copy = await byId(scene, copyId);
      scene.verdict.holds({
        holds: copy?.powerState === PowerState.OFF,
        expected: `VM ${copyId} off as before`,
        came: copy,
      });
    },
  },
  {
    id: 'copied-stamp/lone-copy-owns-nothing',
    title: 'once the original is gone, its owner has no VM: the copy is not promoted',
    proves: 'On any other carrier the stamp counts as `copied_from`, never as owner.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, copyId } = await loneCopy(scene);
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: 'only a copy is left',
      });
      await scene.succeed(await scene.delete(owner));
      const copy = await byId(scene, copyId);
      scene.verdict.holds({ holds: copy?.id === copyId, expected: `VM ${copyId}, the copy, as before`, came: copy });
    },
  },
  {
    id: 'copied-stamp/made-anew-beside-the-copy',
    title: 'a Create for the owner of a lone copy makes a VM of its own',
    proves: 'Nothing is ever adopted by a stamp that is not its own.',
    backdoor: ['copyVm', 'removeVm'],
    run: async (scene) => {
      const { owner, copyId } = await loneCopy(scene);
      const made = await scene.create(owner);
      scene.verdict.holds({ holds: made.id !== copyId, expected: 'a VM other than the copy', came: `VM ${made.id}` });
      const copy = await byId(scene, copyId);
      scene.verdict.holds({ holds: copy?.owner === undefined, expected: `VM ${copyId} without an owner`, came: copy });
    },
  },
];
