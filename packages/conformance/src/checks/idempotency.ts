import { Code, PowerOp, PowerState, type Owner } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { MIB, mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

/** What Reconfigure asks for: the larger size, of which the mask names a part. */
function larger(scene: Scene, owner: Owner, updateMask: string[]) {
  const { moreCpus, moreMemoryMiB } = scene.profile.limits;
  const compute = { cpus: moreCpus, memoryBytes: BigInt(moreMemoryMiB) * MIB };
  return {
    mutation: mutationOf('reconfigure', owner, { parameters: [compute, updateMask] }),
    desired: { ...scene.createRequest(owner).spec, compute },
    updateMask,
  };
}

async function absent(scene: Scene, owner: Owner, because: string): Promise<void> {
  scene.verdict.refused(await scene.calls.send('describe', { owner }), {
    code: Code.NOT_FOUND,
    reason: 'VM_ABSENT',
    because,
  });
}

async function hasPower(scene: Scene, owner: Owner, wanted: 'ON' | 'OFF'): Promise<void> {
  const is = PowerState[wanted];
  const vm = await scene.eventually(`power_state ${wanted}`, owner, ({ powerState }) => powerState === is);
  scene.verdict.holds({ holds: vm.powerState === is, expected: `power_state ${wanted}`, came: vm });
}

/** The same call again: compared with the hypervisor each time, never answered from memory. */
export const idempotencyChecks: readonly Check[] = [
  {
    id: 'idempotency/create-repeated',
    title: 'the same Create again answers the same VM',
    proves: 'Create is level-triggered: it compares with the hypervisor each time.',
    run: async (scene) => {
      const owner = scene.owner();
      const first = await scene.create(owner);
      const second = await scene.create(owner);
      scene.verdict.holds({ holds: first.id === second.id, expected: `VM ${first.id}`, came: `VM ${second.id}` });
      const ours = (await scene.list()).filter((vm) => vm.owner?.uid === owner.uid);
      scene.verdict.holds({
        holds: ours.length === 1,
        expected: 'one VM of that owner',
        came: ours.map(({ id }) => id),
      });
    },
  },
  {
    id: 'idempotency/create-under-another-operation',
    title: 'a Create with another operation id answers the VM that is there',
    proves: 'operation_id only finds the same work already running.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      const again = await scene.create(owner, { mutation: mutationOf('create', owner, { parameters: 'again' }) });
      scene.verdict.holds({ holds: again.id === id, expected: `VM ${id}`, came: `VM ${again.id}` });
    },
  },
  {
    id: 'idempotency/create-is-not-replayed',
    title: 'a Create that was done once is done again after a Delete',
    proves: 'A finished result is never replayed: "done" is read from the hypervisor.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      await scene.succeed(await scene.delete(owner));
      await absent(scene, owner, 'it was deleted');
      const outcome = await scene.calls.mutate('create', scene.createRequest(owner));
      await scene.finished({ task: scene.verdict.accepted(outcome).task });
      const described = await scene.calls.send('describe', { owner });
      scene.verdict.holds({
        holds: described.ok,
        expected: 'a VM again',
        came: described.ok ? '' : described.error.message,
      });
    },
  },
  {
    id: 'idempotency/delete-repeated',
    title: 'the same Delete again succeeds',
    proves: 'Delete of something absent succeeds.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      await scene.succeed(await scene.delete(owner, id));
      const again = await scene.delete(owner, id);
      scene.verdict.holds({ holds: again.ok, expected: 'success', came: again.ok ? '' : again.error.message });
      await absent(scene, owner, 'it was deleted');
    },
  },
  {
    id: 'idempotency/delete-is-not-replayed',
    title: 'a Delete that was done once is done again when the VM is there again',
    proves: 'A finished result is never replayed: "done" is read from the hypervisor.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      await scene.succeed(await scene.delete(owner));
      await scene.create(owner, { mutation: mutationOf('create', owner, { parameters: 'again' }) });
      await scene.succeed(await scene.delete(owner));
      await absent(scene, owner, 'it was deleted again');
    },
  },
  {
    id: 'idempotency/on-of-a-running-vm',
    title: 'On of a running VM succeeds',
    proves: 'Power is level-triggered.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner, { initialPower: PowerState.ON });
      await hasPower(scene, owner, 'ON');
      await scene.succeed(await scene.power(owner, PowerOp.ON));
      await hasPower(scene, owner, 'ON');
    },
  },
  {
    id: 'idempotency/off-of-a-stopped-vm',
    title: 'Off of a stopped VM succeeds',
    proves: 'Power is level-triggered.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      await scene.succeed(await scene.power(owner, PowerOp.OFF));
      await hasPower(scene, owner, 'OFF');
    },
  },
  {
    id: 'idempotency/power-is-not-replayed',
    title: 'On, Off and the first On again leave the VM on',
    proves: 'A finished result is never replayed: "done" is read from the hypervisor.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      for (const op of [PowerOp.ON, PowerOp.OFF, PowerOp.ON]) {
        await scene.succeed(await scene.power(owner, op));
        await hasPower(scene, owner, op === PowerOp.ON ? 'ON' : 'OFF');
      }
    },
  },
  {
    id: 'idempotency/reconfigure-is-real',
    title: 'what Reconfigure says is done is so, and stays so when it is asked for again',
    proves: 'Reconfigure is level-triggered; `update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      const request = larger(scene, owner, ['compute.cpus', 'compute.memory_bytes']);
      for (const time of ['the first time', 'the second time']) {
        await scene.succeed(await scene.calls.mutate('reconfigure', request));
        const { cpus, memoryBytes } = await scene.state(owner);
        const { compute } = request.desired;
        scene.verdict.holds({
          holds: cpus === compute.cpus && memoryBytes === compute.memoryBytes,
          expected: `${String(compute.cpus)} CPUs and ${String(compute.memoryBytes)} bytes, ${time}`,
          came: { cpus, memoryBytes },
        });
      }
    },
  },
  {
    id: 'idempotency/mask-alone',
    title: 'Reconfigure changes what its mask names, and nothing else',
    proves: '`update_mask`: the rest is left alone.',
    run: async (scene) => {
      const owner = scene.owner();
      const before = await scene.create(owner);
      const request = larger(scene, owner, ['compute.cpus']);
      await scene.succeed(await scene.calls.mutate('reconfigure', request));
      const { cpus, memoryBytes } = await scene.state(owner);
      scene.verdict.holds({
        holds: cpus === request.desired.compute.cpus && memoryBytes === before.memoryBytes,
        expected: `${String(request.desired.compute.cpus)} CPUs, and ${String(before.memoryBytes)} bytes as before`,
        came: { cpus, memoryBytes },
      });
    },
  },
  {
    id: 'idempotency/expected-revision',
    title: 'Reconfigure of a revision that is no more is refused, and changes nothing',
    proves: '`expected_revision`: ABORTED, reason CHANGED, when the VM is no longer that.',
    run: async (scene) => {
      const owner = scene.owner();
      const before = await scene.create(owner);
      const request = { ...larger(scene, owner, ['compute.cpus']), expectedRevision: `${before.revision}-of-old` };
      scene.verdict.refused(await scene.calls.mutate('reconfigure', request), {
        code: Code.ABORTED,
        reason: 'CHANGED',
        because: 'the VM never was of that revision',
      });
      const { cpus } = await scene.state(owner);
      scene.verdict.holds({
        holds: cpus === before.cpus,
        expected: `${String(before.cpus)} CPUs as before`,
        came: { cpus },
      });
    },
  },
  {
    id: 'idempotency/reconfigure-validate-only',
    title: 'Reconfigure with validate_only changes nothing',
    proves: 'validate_only: the answer without claim or effect.',
    run: async (scene) => {
      const owner = scene.owner();
      const before = await scene.create(owner);
      const request = { ...larger(scene, owner, ['compute.cpus']), validateOnly: true };
      scene.verdict.accepted(await scene.calls.mutate('reconfigure', request));
      const { cpus } = await scene.state(owner);
      scene.verdict.holds({
        holds: cpus === before.cpus,
        expected: `${String(before.cpus)} CPUs as before`,
        came: { cpus },
      });
    },
  },
];
