import { Code, Lifecycle, PowerState } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import { MIB, mutationOf } from '../runner/requests.ts';

/** Create: what it makes, once, for whom. */
export const claimChecks: readonly Check[] = [
  {
    id: 'claim/bears-the-stamp',
    title: 'a created VM bears the whole of its owner, and is whole',
    proves: 'A VM belongs to the owner whose stamp it carries.',
    run: async (scene) => {
      const owner = scene.owner();
      const vm = await scene.create(owner);
      const { clusterId, namespace, name, uid, kind } = vm.owner ?? {};
      const isSame =
        uid === owner.uid &&
        name === owner.name &&
        namespace === owner.namespace &&
        kind === owner.kind &&
        clusterId === owner.clusterId;
      scene.verdict.holds({ holds: isSame, expected: `owner ${JSON.stringify(owner)}`, came: vm.owner });
      const isWhole = vm.id !== '' && vm.lifecycle === Lifecycle.READY && vm.copiedFrom === '';
      scene.verdict.holds({ holds: isWhole, expected: 'an id, lifecycle READY and no copied_from', came: vm });
    },
  },
  {
    id: 'claim/as-asked',
    title: 'a created VM has the name, CPUs and memory that were asked for',
    proves: 'Create makes the VM of `spec`; units are bytes.',
    run: async (scene) => {
      const { moreCpus, moreMemoryMiB } = scene.profile.limits;
      const owner = scene.owner();
      const memoryBytes = BigInt(moreMemoryMiB) * MIB;
      const vm = await scene.create(owner, { spec: { compute: { cpus: moreCpus, memoryBytes } } });
      const name = `${owner.namespace}.${owner.name}`;
      scene.verdict.holds({
        holds: vm.cpus === moreCpus && vm.memoryBytes === memoryBytes && vm.name === name,
        expected: `name ${name}, ${String(moreCpus)} CPUs, ${String(memoryBytes)} bytes of memory`,
        came: { name: vm.name, cpus: vm.cpus, memoryBytes: vm.memoryBytes },
      });
    },
  },
  {
    id: 'claim/tags',
    title: 'a created VM has the tags that were asked for, and no others',
    proves: '`tags`: what Create was given comes back in the state.',
    run: async (scene) => {
      const tags = { conformance: 'yes', 'app.example/tier': 'a "quoted" <word>' };
      const vm = await scene.create(scene.owner(), { spec: { tags } });
      const text = (value: Readonly<Record<string, string>>) => JSON.stringify(Object.entries(value).sort());
      scene.verdict.holds({ holds: text(vm.tags) === text(tags), expected: `tags ${text(tags)}`, came: vm.tags });
    },
  },
  {
    id: 'claim/one-vm-from-many-creates',
    title: 'many Creates of one owner at once make one VM',
    proves: "Create's first effect on the hypervisor is atomic and keyed by owner.uid.",
    run: async (scene) => {
      const owner = scene.owner();
      const creates = Array.from({ length: 6 }, (_, index) => {
        const mutation = mutationOf('create', owner, { parameters: index % 2 });
        return scene.calls.mutate('create', scene.createRequest(owner, { mutation }));
      });
      const answers = (await Promise.all(creates)).map((outcome) => scene.verdict.accepted(outcome));
      for (const { task } of answers) await scene.finished({ task });
      const vm = await scene.state(owner);
      const named = answers.map(({ id }) => id).filter((id) => id !== '');
      scene.verdict.holds({
        holds: named.every((id) => id === vm.id),
        expected: `the id ${vm.id} from every Create`,
        came: named,
      });
      const ours = (await scene.list()).filter((each) => each.owner?.uid === owner.uid);
      scene.verdict.holds({
        holds: ours.length === 1,
        expected: 'one VM with that owner in ListVMs',
        came: ours.map(({ id }) => id),
      });
    },
  },
  {
    id: 'claim/made-at-the-hypervisor',
    title: 'a created VM is there when the hypervisor itself is asked',
    proves: '"Done" is read from the hypervisor.',
    backdoor: ['listVmIds'],
    run: async (scene) => {
      const { id } = await scene.create(scene.owner());
      const ids = await scene.behind('listVmIds')();
      scene.verdict.holds({ holds: ids.includes(id), expected: `VM ${id} at the hypervisor`, came: ids });
    },
  },
  {
    id: 'claim/validate-only',
    title: 'Create with validate_only makes nothing',
    proves: 'validate_only: the answer without claim or effect.',
    run: async (scene) => {
      const owner = scene.owner();
      scene.verdict.accepted(await scene.calls.send('create', scene.createRequest(owner, { validateOnly: true })));
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: 'validate_only makes nothing',
      });
    },
  },
  {
    id: 'claim/refusal-names-the-field',
    title: 'a Create that cannot be is refused with the path of its field, and makes nothing',
    proves: "google.rpc.Status with ErrorInfo, and BadRequest with the field's path.",
    run: async (scene) => {
      const owner = scene.owner();
      const spec = { compute: { cpus: 0, memoryBytes: BigInt(scene.profile.limits.memoryMiB) * MIB } };
      const refusal = scene.verdict.refused(await scene.calls.send('create', scene.createRequest(owner, { spec })), {
        code: Code.INVALID_ARGUMENT,
        because: 'a VM has at least one CPU',
      });
      scene.verdict.holds({
        holds: refusal.hasErrorInfo && refusal.fieldViolations.some(({ field }) => field === 'spec.compute.cpus'),
        expected: 'an ErrorInfo, and a BadRequest that names spec.compute.cpus',
        came: { reason: refusal.reason, fields: refusal.fieldViolations },
      });
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: 'VM_ABSENT',
        because: 'what is refused makes nothing',
      });
    },
  },
  {
    id: 'claim/needs-an-owner',
    title: 'a Create without an owner is refused',
    proves: 'The claim is keyed by owner.uid.',
    run: async (scene) => {
      const owner = scene.owner();
      const { operationId, term } = mutationOf('create', owner);
      const request = scene.createRequest(owner, { mutation: { operationId, term } });
      scene.verdict.refused(await scene.calls.send('create', request), {
        code: Code.INVALID_ARGUMENT,
        because: 'nobody would own the VM',
      });
    },
  },
  {
    id: 'claim/off-stays-off',
    title: 'a VM that is created off is off',
    proves: 'initial_power is what the VM is left in.',
    run: async (scene) => {
      const vm = await scene.create(scene.owner(), { initialPower: PowerState.OFF });
      scene.verdict.holds({ holds: vm.powerState === PowerState.OFF, expected: 'power_state OFF', came: vm });
    },
  },
  {
    id: 'claim/on-comes-on',
    title: 'a VM that is created on comes on',
    proves: 'initial_power is what the VM is left in.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner, { initialPower: PowerState.ON });
      const vm = await scene.eventually('power_state ON', owner, ({ powerState }) => powerState === PowerState.ON);
      scene.verdict.holds({ holds: vm.powerState === PowerState.ON, expected: 'power_state ON', came: vm });
    },
  },
];
