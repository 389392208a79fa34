import type { XmlElement } from '@virtrigaud/libvirt-client';
import { ownershipOf, type DiskState, type Drift, type NicState, type VmState } from '@virtrigaud/provider-sdk';
import { deviceName, ROOT_ALIAS } from '../identity/device-alias.ts';
import type { DomainStamp } from '../identity/stamp.ts';
import { globalAddresses } from '../addresses/global-addresses.ts';
import { cpusOf, memoryBytesOf, stampIn, type DomainView } from './domain-view.ts';
import { powerOf } from './power-of.ts';

/** What is known of a domain beside its XML. */
export interface Surroundings {
  readonly hostname: string;
  /** Addresses by MAC, in lower case. */
  readonly addresses: ReadonlyMap<string, readonly string[]>;
  /** Capacity of disks in bytes, by path. */
  readonly diskSizes: ReadonlyMap<string, number>;
}

/** A domain as the contract tells it. Pure. */
export function stateOf(view: DomainView, around: Surroundings): VmState {
  const { live, state } = view;
  const id = live.uuid ?? '';
  const stamp = stampIn(live);
  const ownership = ownershipOf(stamp && { owner: stamp.owner, carrier: stamp.carrier }, id);
  const ours = ownership.owner ? stamp : undefined;
  const power = powerOf(state);
  const running = power.power !== 'Off';
  return {
    id,
    name: live.name,
    ...ownership,
    lifecycle: ours?.pending ? 'Creating' : 'Ready',
    pendingOperationId: ours?.pending?.id,
    ...power,
    cpus: cpusOf(live),
    memoryBytes: memoryBytesOf(live),
    firmware: firmwareOf(live.root),
    disks: disksOf(live.devices, ours, around),
    nics: nicsOf(live.devices, ours, around),
    guestAgent: agentOf(live.devices, running),
    host: around.hostname,
    tags: ours?.tags,
    restartRequired: running ? driftOf(view) : [],
    question: power.powerReason === 'IoError' ? 'the disk failed (no space?): free space, then resume it' : undefined,
  };
}

function firmwareOf(root: XmlElement): 'Bios' | 'Uefi' {
  return root.attributeAt('os', 'firmware') === 'efi' || root.find("os/loader[@type='pflash']") ? 'Uefi' : 'Bios';
}

/** What is set and does not hold before the next start. */
function driftOf({ live, configured }: DomainView): readonly Drift[] {
  const fields = [
    { field: 'compute.cpus', live: cpusOf(live), configured: cpusOf(configured) },
    { field: 'compute.memory_bytes', live: memoryBytesOf(live), configured: memoryBytesOf(configured) },
  ];
  return fields
    .filter((each) => each.live !== each.configured)
    .map((each) => ({ field: each.field, live: String(each.live), configured: String(each.configured) }));
}

function disksOf(devices: XmlElement, stamp: DomainStamp | undefined, { diskSizes }: Surroundings): DiskState[] {
  return devices.findAll("disk[@device='disk']").map((disk) => {
    const alias = disk.attributeAt('alias', 'name');
    const root = alias === ROOT_ALIAS;
    const path = disk.attributeAt('source', 'file') ?? disk.attributeAt('source', 'dev') ?? '';
    const target = disk.attributeAt('target', 'dev') ?? '';
    return {
      name: root ? 'root' : (deviceName('disk', alias, stamp?.aliases ?? {}) ?? target),
      id: path === '' ? target : path,
      path,
      sizeBytes: diskSizes.get(path) ?? 0,
      format: disk.attributeAt('driver', 'type'),
      bus: disk.attributeAt('target', 'bus'),
      root,
    };
  });
}

function nicsOf(devices: XmlElement, stamp: DomainStamp | undefined, { addresses }: Surroundings): NicState[] {
  return devices.findAll('interface').map((nic) => {
    const mac = (nic.attributeAt('mac', 'address') ?? '').toLowerCase();
    const source = nic.find('source');
    const isNetwork = nic.attribute('type') === 'network';
    return {
      name: deviceName('nic', nic.attributeAt('alias', 'name'), stamp?.aliases ?? {}) ?? mac,
      mac,
      network: source?.attribute('network'),
      // On a network libvirt names the bridge behind it while the domain runs: that is no bridge of the spec.
      bridge: isNetwork ? undefined : source?.attribute('bridge'),
      model: nic.attributeAt('model', 'type'),
      addresses: globalAddresses(addresses.get(mac) ?? []),
    };
  });
}

function agentOf(devices: XmlElement, running: boolean): 'Connected' | 'Disconnected' | 'Absent' {
  const target = devices.findAll('channel').map((each) => each.find('target'));
  const agent = target.find((each) => each?.attribute('name') === 'org.qemu.guest_agent.0');
  if (!agent) return 'Absent';
  return running && agent.attribute('state') === 'connected' ? 'Connected' : 'Disconnected';
}
