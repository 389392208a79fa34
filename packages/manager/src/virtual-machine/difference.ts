import {
  Firmware,
  type Drift,
  type VirtualMachineSpec,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';

/** One thing that is not as wanted. */
export interface Difference {
  /** Path in the contract's VirtualMachineSpec: a path of the update mask. */
  readonly path: 'compute.cpus' | 'compute.memory_bytes' | 'compute.firmware' | 'root' | 'disks' | 'nics' | 'tags';
  readonly wanted: string;
  readonly found: string;
  /** A disk would have to shrink, which nobody does; or it is settled when the machine is made. */
  readonly impossible?: 'shrink' | 'made';
}

/** Hardware; the rest may change under `updatePolicy: Never`, too. */
export const hardwarePaths: ReadonlySet<Difference['path']> = new Set([
  'compute.cpus',
  'compute.memory_bytes',
  'root',
  'disks',
  'nics',
]);

/**
 * Compares what is wanted with what the hypervisor has configured: where `restart_required` names a field, its configured value,
 * else the live one. What only counts at creation (image, guest data, provisioning, placement) is no difference later. Pure.
 */
export function differencesOf(wanted: VirtualMachineSpec, state: VirtualMachineState): readonly Difference[] {
  return [
    ...compareNumber(
      'compute.cpus',
      BigInt(wanted.compute?.cpus ?? 0),
      configured(state, 'cpus') ?? BigInt(state.cpus),
    ),
    ...compareNumber(
      'compute.memory_bytes',
      wanted.compute?.memoryBytes ?? 0n,
      configured(state, 'memory_bytes') ?? state.memoryBytes,
    ),
    ...compareFirmware(wanted, state),
    ...compareRoot(wanted, state),
    ...compareDisks(wanted, state),
    ...compareNics(wanted, state),
    ...compareTags(wanted, state),
  ];
}

/** The path of the desired spec that a `restart_required` entry speaks of. Providers name the state's field, or the spec's path. */
export function driftPath(drift: Drift): string {
  const field = drift.field.replace(/([a-z])([A-Z])/g, '$1_$2').toLowerCase();
  return field === 'cpus' || field === 'memory_bytes' ? `compute.${field}` : field;
}

function configured(state: VirtualMachineState, field: 'cpus' | 'memory_bytes'): bigint | undefined {
  const drift = state.restartRequired.find((each) => driftPath(each) === `compute.${field}`);
  return drift && /^\d+$/.test(drift.configured) ? BigInt(drift.configured) : undefined;
}

function compareNumber(path: 'compute.cpus' | 'compute.memory_bytes', wanted: bigint, found: bigint): Difference[] {
  return wanted === found ? [] : [{ path, wanted: String(wanted), found: String(found) }];
}

/** What the class leaves open is as it is; where the hypervisor does not say, nothing is known to differ. */
function compareFirmware({ compute }: VirtualMachineSpec, { firmware: found }: VirtualMachineState): Difference[] {
  const wanted = compute?.firmware ?? Firmware.UNSPECIFIED;
  if (wanted === Firmware.UNSPECIFIED || found === Firmware.UNSPECIFIED || wanted === found) return [];
  return [{ path: 'compute.firmware', wanted: firmwareName(wanted), found: firmwareName(found), impossible: 'made' }];
}

const firmwareName = (firmware: Firmware) => (firmware === Firmware.UEFI ? 'UEFI' : 'BIOS');

function compareRoot(wanted: VirtualMachineSpec, state: VirtualMachineState): Difference[] {
  const size = wanted.root?.sizeBytes ?? 0n;
  const root = state.disks.find((disk) => disk.root);
  return size === 0n || !root ? [] : compareSize('root', size, root.sizeBytes);
}

function compareSize(path: 'root' | 'disks', wanted: bigint, found: bigint, name = ''): Difference[] {
  if (wanted === found) return [];
  const label = name === '' ? '' : `${name}=`;
  const difference = { path, wanted: `${label}${String(wanted)}`, found: `${label}${String(found)}` } as const;
  return [wanted < found ? { ...difference, impossible: 'shrink' } : difference];
}

function compareDisks(wanted: VirtualMachineSpec, state: VirtualMachineState): Difference[] {
  const attached = new Map(
    state.disks.filter((disk) => !disk.root && !disk.detached && disk.name !== '').map((disk) => [disk.name, disk]),
  );
  const missing = wanted.disks.flatMap((disk): Difference[] => {
    const found = attached.get(disk.name);
    return found
      ? compareSize('disks', disk.sizeBytes, found.sizeBytes, disk.name)
      : [{ path: 'disks', wanted: disk.name, found: 'none' }];
  });
  const names = new Set(wanted.disks.map(({ name }) => name));
  const extra = [...attached.keys()].filter((name) => !names.has(name));
  return [...missing, ...extra.map((name): Difference => ({ path: 'disks', wanted: 'none', found: name }))];
}

function compareNics(wanted: VirtualMachineSpec, state: VirtualMachineState): Difference[] {
  if (!wanted.nics) return [];
  const found = new Map(state.nics.map((nic) => [nic.name, nic]));
  const differences = wanted.nics.items.flatMap((nic): Difference[] => {
    const own = found.get(nic.name);
    if (!own) return [{ path: 'nics', wanted: nic.name, found: 'none' }];
    const parts = (['network', 'bridge', 'model', 'mac'] as const).filter(
      (part) => nic[part] !== '' && nic[part].toLowerCase() !== own[part].toLowerCase(),
    );
    if (nic.vlan !== 0 && nic.vlan !== own.vlan)
      return [{ path: 'nics', wanted: `${nic.name} vlan ${String(nic.vlan)}`, found: String(own.vlan) }];
    return parts.map((part) => ({ path: 'nics', wanted: `${nic.name} ${part} ${nic[part]}`, found: own[part] }));
  });
  const names = new Set(wanted.nics.items.map(({ name }) => name));
  const extra = state.nics.filter(({ name }) => name !== '' && !names.has(name));
  return [...differences, ...extra.map(({ name }): Difference => ({ path: 'nics', wanted: 'none', found: name }))];
}

function compareTags(wanted: VirtualMachineSpec, state: VirtualMachineState): Difference[] {
  const text = (tags: Readonly<Record<string, string>>) =>
    Object.entries(tags)
      .map(([key, value]) => (value === '' ? key : `${key}:${value}`))
      .sort()
      .join(',');
  const [want, have] = [text(wanted.tags), text(state.tags)];
  return want === have ? [] : [{ path: 'tags', wanted: want, found: have }];
}
