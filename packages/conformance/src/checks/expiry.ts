import { Code, type Owner } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

const OVER_MS = -10_000;
const IN_TIME_MS = 120_000;
const EXPIRED = { code: Code.DEADLINE_EXCEEDED, reason: 'OPERATION_EXPIRED' } as const;

/** What a mutation carries that may begin until then, by the clock on the wall. */
const within = (verb: string, owner: Owner, ms: number) =>
  mutationOf(verb, owner, { notAfter: new Date(Date.now() + ms) });

async function isAbsent(scene: Scene, owner: Owner, because: string): Promise<void> {
  scene.verdict.refused(await scene.calls.send('describe', { owner }), {
    code: Code.NOT_FOUND,
    reason: 'VM_ABSENT',
    because,
  });
}

/** What arrives when its sender counts on it no more does nothing. */
export const expiryChecks: readonly Check[] = [
  {
    id: 'expiry/late-create',
    title: 'a Create after its not_after makes nothing, whatever its deadline',
    proves: 'What has not begun by not_after does not begin any more.',
    run: async (scene) => {
      const owner = scene.owner();
      const late = scene.createRequest(owner, { mutation: within('create', owner, OVER_MS) });
      scene.verdict.refused(await scene.calls.mutate('create', late), {
        ...EXPIRED,
        because: 'its sender believes by now that nothing will come of it',
      });
      await isAbsent(scene, owner, 'what came late makes nothing');
    },
  },
  {
    id: 'expiry/late-delete',
    title: 'a Delete after its not_after removes nothing',
    proves: 'What has not begun by not_after does not begin any more.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      scene.verdict.refused(await scene.calls.mutate('delete', { mutation: within('delete', owner, OVER_MS) }), {
        ...EXPIRED,
        because: 'its sender may have thought better of it',
      });
      const vm = await scene.state(owner);
      scene.verdict.holds({ holds: vm.id === id, expected: `VM ${id} as before`, came: vm });
    },
  },
  {
    id: 'expiry/twice-delivered',
    title: 'a Create that arrives again after the Delete does not make the VM anew',
    proves: 'A Delete ends what was asked for before it, for as long as that might arrive.',
    run: async (scene) => {
      const owner = scene.owner();
      const mutation = within('create', owner, IN_TIME_MS);
      await scene.create(owner, { mutation });
      await scene.succeed(await scene.calls.mutate('delete', { mutation: within('delete', owner, IN_TIME_MS) }));
      scene.verdict.refused(await scene.calls.mutate('create', scene.createRequest(owner, { mutation })), {
        ...EXPIRED,
        because: 'its owner is gone, and nobody would remove the VM',
      });
      await isAbsent(scene, owner, 'the copy of a call makes nothing');
    },
  },
];
