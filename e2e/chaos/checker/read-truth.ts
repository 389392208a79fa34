import type { MockHypervisorAccess, VmRecord, VolumeRecord } from '@virtrigaud/provider-mock';
import { providerNames, type HypervisorName, type ProviderName } from '../scenario/scenario.ts';
import type { ApiObject, Machine } from './truth.ts';

const GiB = 1024 ** 3;

/** A machine of the mock hypervisor. */
export function machineOf(hypervisor: HypervisorName, vm: VmRecord, volumes: readonly VolumeRecord[]): Machine {
  const own = volumes.filter((volume) => volume.vmId === vm.id && volume.role === 'data' && !volume.detached);
  return {
    hypervisor,
    id: vm.id,
    name: vm.name,
    owner: vm.stamp?.owner.uid,
    carrier: vm.stamp?.carrier,
    isWhole: vm.lifecycle === 'ready' && own.every(({ complete }) => complete),
    power: vm.power === 'on' ? 'On' : vm.power === 'off' ? 'Off' : 'Other',
    cpus: vm.configured.cpus,
    memoryBytes: vm.configured.memoryBytes,
    tags: Object.keys(vm.tags).sort(),
    disks: Object.fromEntries(own.map(({ name, sizeBytes }) => [name, sizeBytes])),
    birth: undefined,
  };
}

/** All machines of a mock hypervisor, and the volumes that nobody has. */
export async function readHypervisor(
  name: HypervisorName,
  access: Pick<MockHypervisorAccess, 'vms' | 'volumes'>,
): Promise<{ readonly machines: readonly Machine[]; readonly leftovers: readonly string[] }> {
  const [vms, volumes] = [await access.vms(), await access.volumes()];
  const ids = new Set(vms.map(({ id }) => id));
  return {
    machines: vms.map((vm) => machineOf(name, vm, volumes)),
    leftovers: volumes
      .filter(({ vmId, detached }) => !detached && !ids.has(vmId))
      .map((volume) => `${name}: ${volume.vmId}.${volume.name}`),
  };
}

interface RawVm {
  readonly metadata: {
    readonly name: string;
    readonly uid?: string | undefined;
    readonly generation?: number | undefined;
    readonly deletionTimestamp?: string | undefined;
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

interface Spec {
  readonly providerRef: { readonly name: string };
  readonly resources: { readonly cpu: number; readonly memory: string };
  readonly powerState?: ApiObject['wish']['power'];
  readonly tags?: readonly string[];
  readonly disks?: readonly { readonly name: string; readonly size: string }[];
}

interface Status {
  readonly id?: string;
  readonly binding?: { readonly providerRef: { readonly name: string } };
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly observedGeneration?: number;
  }[];
}

/** A VirtualMachine, as this script writes them. */
export function objectOf(raw: RawVm): ApiObject {
  const spec = raw.spec as Spec;
  const status = (raw.status ?? {}) as Status;
  const ready = status.conditions?.find(({ type }) => type === 'Ready');
  return {
    name: raw.metadata.name,
    uid: raw.metadata.uid ?? '',
    deleting: raw.metadata.deletionTimestamp !== undefined,
    wish: {
      provider: providerOf(spec.providerRef.name) ?? 'lab',
      cpu: spec.resources.cpu,
      memoryGiB: Number.parseInt(spec.resources.memory, 10),
      power: spec.powerState ?? 'On',
      tags: spec.tags ?? [],
      disks: Object.fromEntries((spec.disks ?? []).map(({ name, size }) => [name, Number.parseInt(size, 10)])),
    },
    boundTo: status.binding && providerOf(status.binding.providerRef.name),
    wasReady: status.id !== undefined,
    ready:
      ready?.observedGeneration === raw.metadata.generation
        ? ready && { status: ready.status, reason: ready.reason, message: ready.message }
        : undefined,
  };
}

function providerOf(name: string): ProviderName | undefined {
  return providerNames.find((each) => each === name);
}

/** What is wanted, in the hypervisor's own units. */
export function bytesOf(gib: number): number {
  return gib * GiB;
}
