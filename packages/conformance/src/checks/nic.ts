import {
  Code,
  PowerState,
  PowerOp,
  Reason,
  type Owner,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { randomBytes, randomUUID } from 'node:crypto';
import { ConformanceError } from '../check-failure.ts';
import type { Check } from '../check.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { leftAsItIs, madeWith, reconfigure, reconfigured } from './changed-vm.ts';

interface Nic {
  readonly name: string;
  readonly network: string;
  readonly mac?: string;
}

/** A NIC on the profile's network; ends the check where it names none. */
function nic({ profile: { network } }: Scene, name: string, mac?: string): Nic {
  if (network === undefined)
    throw new ConformanceError({ kind: 'not-applicable', why: 'the profile names no network' });
  return { name, network, ...(mac === undefined ? {} : { mac }) };
}

/** A MAC of nobody's: locally administered, as a person gives one. */
const someMac = () => ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':');

const list = (nics: readonly Nic[]) => ({ nics: { items: [...nics] } });
const macOf = ({ nics }: VirtualMachineState, name: string) => nics.find((each) => each.name === name)?.mac ?? '';

async function withNics(scene: Scene, nics: readonly Nic[], initialPower: PowerState = PowerState.OFF) {
  const owner = scene.owner();
  await scene.create(owner, { spec: list(nics), initialPower });
  const vm = await scene.eventually('the power that was asked for', owner, (is) => is.powerState === initialPower);
  return { owner, vm };
}

/** Holds that a VM has just these NICs, in their order, each with a MAC of its own. */
function has(scene: Scene, vm: VirtualMachineState, nics: readonly Nic[]): void {
  const [wanted, came] = [nics, vm.nics].map((each) =>
    each.map(({ name, network }) => `${name} on ${network}`).join(', '),
  );
  scene.verdict.holds({ holds: wanted === came, expected: `NICs: ${wanted || 'none'}`, came: came || 'none' });
  const macs = vm.nics.map(({ mac }) => mac);
  const isOwn = new Set(macs).size === macs.length && !macs.includes('');
  scene.verdict.holds({ holds: isOwn, expected: 'a MAC of its own for each NIC', came: macs });
}

/** Holds that NICs kept their MACs. */
function keeps(
  scene: Scene,
  { before, after }: Record<'before' | 'after', VirtualMachineState>,
  names: readonly string[],
): void {
  const shown = (vm: VirtualMachineState) => names.map((name) => `${name} ${macOf(vm, name)}`).join(', ');
  scene.verdict.holds({ holds: shown(before) === shown(after), expected: shown(before), came: shown(after) });
}

async function absent(scene: Scene, owner: Owner): Promise<void> {
  scene.verdict.refused(await scene.calls.send('describe', { owner }), {
    code: Code.NOT_FOUND,
    reason: Reason.VmAbsent,
    because: 'what is refused makes nothing',
  });
}

const missingNetwork = {
  code: Code.FAILED_PRECONDITION,
  reason: Reason.DependencyMissing,
  because: 'there is no such network',
} as const;
const nowhere = (): Nic => ({ name: 'lost', network: `no-such-${randomUUID().slice(0, 8)}` });

/** How VMs are attached. */
export const nicChecks: readonly Check[] = [
  {
    id: 'nic/as-asked',
    title: 'a created VM has the NICs that were asked for, in their order, each with a MAC of its own',
    proves: '`nics`: order is guest order.',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      has(scene, (await withNics(scene, nics)).vm, nics);
    },
  },
  {
    id: 'nic/none',
    title: 'a VM that is created with an empty list has no NIC',
    proves: '`nics`: empty list: none.',
    run: async (scene) => {
      const { vm } = await withNics(scene, []);
      scene.verdict.holds({ holds: vm.nics.length === 0, expected: 'no NIC', came: vm.nics });
    },
  },
  {
    id: 'nic/given-mac',
    title: 'a NIC has the MAC that was asked for',
    proves: 'Create makes the VM of `spec`; a provider that cannot says so.',
    run: async (scene) => {
      const mac = someMac();
      const { vm } = await withNics(scene, [nic(scene, 'front', mac)]);
      scene.verdict.holds({ holds: macOf(vm, 'front').toLowerCase() === mac, expected: `MAC ${mac}`, came: vm.nics });
    },
  },
  {
    id: 'nic/mac-stays',
    title: 'a NIC keeps its MAC when its VM goes on and off',
    proves: 'What a VM is, it stays until somebody changes it.',
    run: async (scene) => {
      const { owner, vm: before } = await withNics(scene, [nic(scene, 'front')]);
      for (const op of [PowerOp.ON, PowerOp.OFF]) await scene.succeed(await scene.power(owner, op));
      keeps(scene, { before, after: await scene.state(owner) }, ['front']);
    },
  },
  {
    id: 'nic/added',
    title: 'a stopped VM gets another NIC, and keeps those that it has',
    proves: '`update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      const { owner, vm: before } = await withNics(scene, nics.slice(0, 1));
      const after = await reconfigured(scene, owner, list(nics));
      has(scene, after, nics);
      keeps(scene, { before, after }, ['front']);
    },
  },
  {
    id: 'nic/removed',
    title: 'a stopped VM loses the NIC that leaves the list, and keeps the others',
    proves: '`update_mask`: paths of `desired` to bring about.',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      const { owner, vm: before } = await withNics(scene, nics);
      const after = await reconfigured(scene, owner, list(nics.slice(1)));
      has(scene, after, nics.slice(1));
      keeps(scene, { before, after }, ['back']);
    },
  },
  {
    id: 'nic/order',
    title: 'NICs of a stopped VM come into another order, each with its MAC',
    proves: '`nics`: order is guest order.',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      const { owner, vm: before } = await withNics(scene, nics);
      const after = await reconfigured(scene, owner, list(nics.toReversed()));
      has(scene, after, nics.toReversed());
      keeps(scene, { before, after }, ['front', 'back']);
    },
  },
  {
    id: 'nic/repeated',
    title: 'NICs that are so already are left as they are, also by who never changes any',
    proves: 'Reconfigure is level-triggered: what is so already is success.',
    run: async (scene) => {
      const { owner, vm } = await madeWith(
        scene,
        list(scene.profile.network === undefined ? [] : [nic(scene, 'front')]),
      );
      const part = list(vm.nics.map(({ name, network }) => ({ name, network })));
      await leftAsItIs(scene, { owner, vm, part });
    },
  },
  {
    id: 'nic/unset-is-not-none',
    title: 'a mask that names NICs which are not given is refused, and they stay',
    proves: "`nics` unset: the provider's default; empty list: none.",
    run: async (scene) => {
      const nics = [nic(scene, 'front')];
      const { owner } = await withNics(scene, nics);
      const { nics: _nics, ...desired } = scene.createRequest(owner).spec ?? {};
      const mutation = mutationOf('reconfigure', owner);
      const outcome = await scene.calls.mutate('reconfigure', { mutation, desired, updateMask: ['nics'] });
      scene.verdict.refused(outcome, { code: Code.INVALID_ARGUMENT, because: 'nobody said which NICs' });
      has(scene, await scene.state(owner), nics);
    },
  },
  {
    id: 'nic/network-missing',
    title: 'a Create on a network that is not there is refused, and makes nothing',
    proves: 'DEPENDENCY_MISSING: something that the request names is missing.',
    run: async (scene) => {
      const owner = scene.owner();
      const request = scene.createRequest(owner, { spec: list([nowhere()]) });
      scene.verdict.refused(await scene.calls.mutate('create', request), missingNetwork);
      await absent(scene, owner);
    },
  },
  {
    id: 'nic/added-to-nowhere',
    title: 'a NIC on a network that is not there is refused, and the VM stays as it is',
    proves: 'DEPENDENCY_MISSING: something that the request names is missing.',
    run: async (scene) => {
      const nics = [nic(scene, 'front')];
      const { owner } = await withNics(scene, nics);
      scene.verdict.refused(await reconfigure(scene, owner, list([...nics, nowhere()])), missingNetwork);
      has(scene, await scene.state(owner), nics);
    },
  },
  {
    id: 'nic/added-while-it-runs',
    title: 'a NIC for a running VM is there when that succeeds; else RESTART_REQUIRED, and nothing has changed',
    proves: 'What can be neither live nor pending on a running VM: RESTART_REQUIRED, BadRequest naming the fields.',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      const { owner } = await withNics(scene, nics.slice(0, 1), PowerState.ON);
      const outcome = await reconfigure(scene, owner, list(nics));
      if (outcome.ok) {
        await scene.finished(outcome.answer);
        has(scene, await scene.state(owner), nics);
        return;
      }
      const { fieldViolations } = scene.verdict.refused(outcome, {
        code: Code.FAILED_PRECONDITION,
        reason: Reason.RestartRequired,
        because: 'the VM runs',
      });
      const fields = fieldViolations.map(({ field }) => field);
      scene.verdict.holds({ holds: fields.includes('desired.nics'), expected: 'field desired.nics', came: fields });
      has(scene, await scene.state(owner), nics.slice(0, 1));
    },
  },
  {
    id: 'nic/hotplug',
    title: 'a running VM gets a NIC and runs on',
    proves: 'NIC_HOTPLUG.',
    capability: 'NIC_HOTPLUG',
    run: async (scene) => {
      const nics = [nic(scene, 'front'), nic(scene, 'back')];
      const { owner } = await withNics(scene, nics.slice(0, 1), PowerState.ON);
      const after = await reconfigured(scene, owner, list(nics));
      has(scene, after, nics);
      scene.verdict.holds({ holds: after.powerState === PowerState.ON, expected: 'power_state ON', came: after });
    },
  },
];
