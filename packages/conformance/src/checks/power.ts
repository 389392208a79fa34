import {
  Code,
  PowerOp,
  PowerState,
  Reason,
  type Owner,
  type TaskResponse,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Outcome } from '../runner/outcome.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';

type StateName = 'ON' | 'OFF' | 'SUSPENDED';

/** Waits until the VM is in a state; that it gets there is what is proved. */
async function reaches(scene: Scene, owner: Owner, wanted: StateName): Promise<VirtualMachineState> {
  const is = PowerState[wanted];
  const vm = await scene.eventually(`power_state ${wanted}`, owner, ({ powerState }) => powerState === is);
  scene.verdict.holds({ holds: vm.powerState === is, expected: `power_state ${wanted}`, came: vm });
  return vm;
}

/** Asks for each operation in turn, which has to succeed and to lead to its state. */
async function walks(scene: Scene, owner: Owner, steps: readonly (readonly [PowerOp, StateName])[]): Promise<void> {
  for (const [op, state] of steps) {
    await scene.succeed(await scene.power(owner, op));
    await reaches(scene, owner, state);
  }
}

async function running(scene: Scene): Promise<Owner> {
  const owner = scene.owner();
  await scene.create(owner, { initialPower: PowerState.ON });
  await reaches(scene, owner, 'ON');
  return owner;
}

/** Asks for a reboot under an operation id of its own. */
function reboot(scene: Scene, owner: Owner): Promise<Outcome<TaskResponse>> {
  const mutation = mutationOf('reboot', owner, { parameters: 'token' });
  return scene.calls.mutate('power', { mutation, op: PowerOp.REBOOT });
}

const wrongState = (because: string) => ({
  code: Code.FAILED_PRECONDITION,
  reason: Reason.WrongState,
  because,
});

/** Every state, every request. */
export const powerChecks: readonly Check[] = [
  {
    id: 'power/suspended',
    title: 'Suspend suspends a running VM, and succeeds for one that is suspended',
    proves: 'Power is level-triggered.',
    capability: 'SUSPEND',
    run: async (scene) => {
      const steps = [PowerOp.SUSPEND, PowerOp.SUSPEND].map((op) => [op, 'SUSPENDED'] as const);
      await walks(scene, await running(scene), steps);
    },
  },
  {
    id: 'power/resumed',
    title: 'Resume lets a suspended VM go on, and succeeds for one that runs',
    proves: 'Power is level-triggered.',
    capability: 'SUSPEND',
    run: async (scene) => {
      await walks(scene, await running(scene), [
        [PowerOp.SUSPEND, 'SUSPENDED'],
        [PowerOp.RESUME, 'ON'],
        [PowerOp.RESUME, 'ON'],
      ]);
    },
  },
  {
    id: 'power/on-of-a-suspended-vm',
    title: 'On lets a suspended VM go on',
    proves: 'Power brings about the state that was asked for.',
    capability: 'SUSPEND',
    run: async (scene) => {
      await walks(scene, await running(scene), [
        [PowerOp.SUSPEND, 'SUSPENDED'],
        [PowerOp.ON, 'ON'],
      ]);
    },
  },
  {
    id: 'power/off-of-a-suspended-vm',
    title: 'Off takes the power from a suspended VM',
    proves: 'Power brings about the state that was asked for.',
    capability: 'SUSPEND',
    run: async (scene) => {
      await walks(scene, await running(scene), [
        [PowerOp.SUSPEND, 'SUSPENDED'],
        [PowerOp.OFF, 'OFF'],
      ]);
    },
  },
  {
    id: 'power/suspend-of-a-stopped-vm',
    title: 'Suspend of a stopped VM is refused, and it stays off',
    proves: "WRONG_STATE: the VM's state does not allow the operation.",
    capability: 'SUSPEND',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      scene.verdict.refused(await scene.power(owner, PowerOp.SUSPEND), wrongState('nothing runs'));
      await reaches(scene, owner, 'OFF');
    },
  },
  {
    id: 'power/shutdown-of-a-stopped-vm',
    title: 'a graceful shutdown of a stopped VM succeeds',
    proves: 'Power is level-triggered.',
    capability: 'GRACEFUL_SHUTDOWN',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      await walks(scene, owner, [[PowerOp.SHUTDOWN_GRACEFUL, 'OFF']]);
    },
  },
  {
    id: 'power/shutdown-is-asked',
    title: 'a graceful shutdown succeeds when the guest was asked, and may be asked for again',
    proves: 'SHUTDOWN_GRACEFUL succeeds when the guest was asked.',
    capability: 'GRACEFUL_SHUTDOWN',
    run: async (scene) => {
      const owner = await running(scene);
      for (const time of ['the first time', 'the second time']) {
        const outcome = await scene.power(owner, PowerOp.SHUTDOWN_GRACEFUL);
        const came = outcome.ok ? '' : `${outcome.error.reason ?? outcome.error.codeName}: ${outcome.error.message}`;
        scene.verdict.holds({ holds: outcome.ok, expected: `success, ${time}`, came });
        await scene.succeed(outcome);
      }
    },
  },
  {
    id: 'power/reboot-leaves-it-on',
    title: 'a reboot leaves a running VM on',
    proves: "REBOOT is the guest's: the VM does not go off.",
    run: async (scene) => {
      const owner = await running(scene);
      await scene.succeed(await reboot(scene, owner));
      await reaches(scene, owner, 'ON');
    },
  },
  {
    id: 'power/reboot-of-a-stopped-vm',
    title: 'a reboot of a stopped VM is refused, and does not start it',
    proves: "WRONG_STATE: the VM's state does not allow the operation.",
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      scene.verdict.refused(await reboot(scene, owner), wrongState('nothing runs'));
      await reaches(scene, owner, 'OFF');
    },
  },
  {
    id: 'power/reboot-once',
    title: 'a reboot under an operation id that was done is not done again',
    proves: 'REBOOT is edge-triggered: the effect happens at most once for each operation id.',
    run: async (scene) => {
      const owner = await running(scene);
      await scene.succeed(await reboot(scene, owner));
      const { bootedAt } = await scene.state(owner);
      if (!bootedAt)
        throw new ConformanceError({ kind: 'not-applicable', why: 'the provider does not tell booted_at' });
      // So that a second one could not end in the same moment.
      await scene.pause(50);
      await scene.succeed(await reboot(scene, owner));
      const again = (await scene.state(owner)).bootedAt;
      scene.verdict.holds({
        holds: again?.getTime() === bootedAt.getTime(),
        expected: `booted_at ${bootedAt.toISOString()} as before`,
        came: again?.toISOString() ?? 'none',
      });
    },
  },
];
