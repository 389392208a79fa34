import { Code, PowerOp, PowerState, type Owner } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { MIB, mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

const [OLD, NOW, NEXT] = [4n, 5n, 6n];
const STALE = { code: Code.ABORTED, reason: 'STALE_TERM', because: 'a leader with a higher term was seen' } as const;

async function announce(scene: Scene, term: bigint) {
  return scene.verdict.accepted(await scene.calls.send('getProviderInfo', { clusterId: scene.clusterId, term }));
}

const createAt = (scene: Scene, owner: Owner, term: bigint) =>
  scene.calls.mutate('create', scene.createRequest(owner, { mutation: mutationOf('create', owner, { term }) }));

/** Makes a VM, and announces a leader that is newer than the one whose calls come now. */
async function madeThenOvertaken(scene: Scene): Promise<Owner> {
  const owner = scene.owner();
  await scene.create(owner);
  await announce(scene, NOW);
  return owner;
}

/** A paused leader that wakes is kept out. */
export const termChecks: readonly Check[] = [
  {
    id: 'term/create-of-an-old-leader',
    title: 'a Create of an old leader is refused, and makes nothing',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      await announce(scene, NOW);
      const owner = scene.owner();
      scene.verdict.refused(await createAt(scene, owner, OLD), STALE);
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: 'what is refused makes nothing',
      });
    },
  },
  {
    id: 'term/delete-of-an-old-leader',
    title: 'a Delete of an old leader is refused, and the VM stays',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const owner = await madeThenOvertaken(scene);
      const mutation = mutationOf('delete', owner, { term: OLD });
      scene.verdict.refused(await scene.calls.mutate('delete', { mutation }), STALE);
      const { id } = await scene.state(owner);
      scene.verdict.holds({ holds: id !== '', expected: 'the VM as before', came: id });
    },
  },
  {
    id: 'term/power-of-an-old-leader',
    title: 'Power of an old leader is refused, and the VM stays off',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const owner = await madeThenOvertaken(scene);
      const mutation = mutationOf('power', owner, { term: OLD });
      scene.verdict.refused(await scene.calls.mutate('power', { mutation, op: PowerOp.ON }), STALE);
      const vm = await scene.state(owner);
      scene.verdict.holds({ holds: vm.powerState === PowerState.OFF, expected: 'power_state OFF', came: vm });
    },
  },
  {
    id: 'term/reconfigure-of-an-old-leader',
    title: 'Reconfigure of an old leader is refused, and the size stays',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const owner = await madeThenOvertaken(scene);
      const { moreCpus, cpus, memoryMiB } = scene.profile.limits;
      const compute = { cpus: moreCpus, memoryBytes: BigInt(memoryMiB) * MIB };
      const request = {
        mutation: mutationOf('reconfigure', owner, { term: OLD }),
        desired: { ...scene.createRequest(owner).spec, compute },
        updateMask: ['compute.cpus'],
      };
      scene.verdict.refused(await scene.calls.mutate('reconfigure', request), STALE);
      const vm = await scene.state(owner);
      scene.verdict.holds({ holds: vm.cpus === cpus, expected: `${String(cpus)} CPUs as before`, came: vm });
    },
  },
  {
    id: 'term/cancel-of-an-old-leader',
    title: 'CancelTask of an old leader is refused',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      await announce(scene, NOW);
      const request = { id: 'no-such-task', clusterId: scene.clusterId, term: OLD };
      scene.verdict.refused(await scene.calls.send('cancelTask', request), STALE);
    },
  },
  {
    id: 'term/is-told',
    title: 'GetProviderInfo tells the highest term that was seen of the cluster',
    proves: '`highest_term`: seen for the asking cluster_id.',
    run: async (scene) => {
      await announce(scene, NOW);
      const { highestTerm } = await announce(scene, 0n);
      scene.verdict.holds({
        holds: highestTerm === NOW,
        expected: `highest_term ${String(NOW)}`,
        came: String(highestTerm),
      });
    },
  },
  {
    id: 'term/of-a-mutation-counts',
    title: 'a mutation announces its term as well',
    proves: 'A provider keeps the highest term it has seen per cluster_id.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.finished({ task: scene.verdict.accepted(await createAt(scene, owner, NEXT)).task });
      const mutation = mutationOf('power', owner, { term: NOW });
      scene.verdict.refused(await scene.calls.mutate('power', { mutation, op: PowerOp.ON }), STALE);
    },
  },
  {
    id: 'term/never-goes-back',
    title: 'a lower term that is announced later lowers nothing',
    proves: '`term` grows with every leader of a cluster.',
    run: async (scene) => {
      await announce(scene, NEXT);
      await announce(scene, OLD);
      scene.verdict.refused(await createAt(scene, scene.owner(), NOW), STALE);
    },
  },
  {
    id: 'term/same-term-goes-on',
    title: 'the leader whose term was announced may go on',
    proves: 'A provider answers a lower term ABORTED, and only a lower one.',
    run: async (scene) => {
      await announce(scene, NOW);
      const owner = scene.owner();
      const outcome = await createAt(scene, owner, NOW);
      scene.verdict.holds({ holds: outcome.ok, expected: 'success', came: outcome.ok ? '' : outcome.error.message });
      if (outcome.ok) await scene.finished({ task: outcome.answer.task });
    },
  },
  {
    id: 'term/each-cluster-has-its-own',
    title: 'the term of one cluster keeps nobody of another cluster out',
    proves: 'A provider keeps the highest term it has seen per cluster_id.',
    run: async (scene) => {
      await announce(scene, NEXT);
      const owner = scene.owner('elsewhere', { clusterId: `${scene.clusterId}-b` });
      const outcome = await createAt(scene, owner, 1n);
      scene.verdict.holds({ holds: outcome.ok, expected: 'success', came: outcome.ok ? '' : outcome.error.message });
      if (outcome.ok) await scene.finished({ task: outcome.answer.task });
    },
  },
];
