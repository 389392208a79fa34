import { formatSize, type VirtualMachineStatus } from '@virtrigaud/api-types';
import { GuestAgentState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { driftPath } from './difference.ts';
import { specField, specValue } from './spec-field.ts';
import { nameOf } from './facets-convergence.ts';

/** What the status says of the VM itself: observed, sorted, bounded. */
export type ObservedStatus = Pick<
  VirtualMachineStatus,
  | 'powerState'
  | 'resources'
  | 'ips'
  | 'hostname'
  | 'guestOS'
  | 'guestAgent'
  | 'host'
  | 'bootedAt'
  | 'disks'
  | 'nics'
  | 'restartRequired'
>;

/** Projects what the hypervisor says to the status. Pure; empty text is left out. */
export function observedStatus(vm: VirtualMachineState): ObservedStatus {
  const ips = unique(vm.nics.flatMap(({ addresses }) => addresses)).slice(0, 64);
  const restartRequired = vm.restartRequired
    .map((drift) => {
      const path = driftPath(drift);
      return {
        field: cut(specField(path), 255),
        live: cut(specValue(path, drift.live), 1024),
        configured: cut(specValue(path, drift.configured), 1024),
      };
    })
    .sort((a, b) => compare(a.field, b.field))
    .slice(0, 32);
  return compact({
    powerState: nameOf(vm),
    resources: { cpu: vm.cpus, memory: formatSize(Number(vm.memoryBytes)) },
    ips: ips.length > 0 ? ips.map((ip) => cut(ip, 64)) : undefined,
    hostname: text(vm.hostname),
    guestOS: text(vm.guestOs),
    guestAgent: agentOf(vm.guestAgent),
    host: text(vm.host),
    bootedAt: vm.bootedAt?.toISOString(),
    disks: disksOf(vm),
    nics: nicsOf(vm),
    restartRequired: restartRequired.length > 0 ? restartRequired : undefined,
  });
}

function disksOf(vm: VirtualMachineState): ObservedStatus['disks'] {
  const disks = vm.disks
    .filter(({ detached }) => !detached)
    .map((disk, index) =>
      compact({
        name: cut(disk.name || (disk.root ? 'root' : `disk-${String(index)}`), 255),
        id: text(disk.id, 1024),
        path: text(disk.path, 1024),
        size: formatSize(Number(disk.sizeBytes)),
        format: text(disk.format, 63),
        root: disk.root || undefined,
      }),
    )
    .sort((a, b) => Number(b.root ?? false) - Number(a.root ?? false) || compare(a.name, b.name));
  return nonEmpty(byName(disks).slice(0, 32));
}

function nicsOf(vm: VirtualMachineState): ObservedStatus['nics'] {
  const nics = vm.nics.map((nic, index) =>
    compact({
      name: cut(nic.name || `nic-${String(index)}`, 255),
      mac: text(nic.mac, 63),
      network: text(nic.network || nic.bridge),
      addresses: nonEmpty(
        unique(nic.addresses)
          .map((address) => cut(address, 64))
          .slice(0, 64),
      ),
    }),
  );
  return nonEmpty(byName(nics).slice(0, 16));
}

function agentOf(state: GuestAgentState): ObservedStatus['guestAgent'] {
  switch (state) {
    case GuestAgentState.CONNECTED:
      return 'Connected';
    case GuestAgentState.DISCONNECTED:
      return 'Disconnected';
    case GuestAgentState.ABSENT:
      return 'Absent';
    case GuestAgentState.UNSPECIFIED:
      return undefined;
  }
}

const unique = (values: readonly string[]) => [...new Set(values)];
const byName = <T extends { readonly name: string }>(items: readonly T[]) => [
  ...new Map(items.map((item) => [item.name, item])).values(),
];
const nonEmpty = <T>(items: T[]) => (items.length > 0 ? items : undefined);
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
const cut = (value: string, max: number) => value.slice(0, max);
const text = (value: string, max = 255) => (value === '' ? undefined : cut(value, max));

type Compact<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out members that are undefined. */
export function compact<T extends object>(value: T): Compact<T> {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as Compact<T>;
}
