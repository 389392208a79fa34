import type { XmlElement } from '@virtrigaud/libvirt-client';
import { deviceAlias, ROOT_ALIAS, SEED_ALIAS } from '../identity/device-alias.ts';
import type { PlannedDisk, PlannedNic } from './machine-plan.ts';

/** The next free target name of a bus: vda, vdb, ..., and one row for all that show as sd. `taken` are those that are used. */
export function targetNames(taken: readonly string[] = []): (bus: PlannedDisk['bus']) => string {
  const used = new Set(taken);
  return (bus) => {
    const prefix = bus === 'virtio' ? 'vd' : 'sd';
    for (let index = 0; ; index += 1) {
      const name = `${prefix}${letters(index)}`;
      if (used.has(name)) continue;
      used.add(name);
      return name;
    }
  };
}

function letters(index: number): string {
  const letter = (at: number) => String.fromCharCode('a'.charCodeAt(0) + at);
  return `${index < 26 ? '' : letter(Math.floor(index / 26) - 1)}${letter(index % 26)}`;
}

/** Where a disk lies, and under which name its bus shows it. */
export interface DiskPlace {
  readonly path: string;
  readonly target: string;
}

/** A disk of ours. */
export function appendDisk(devices: XmlElement, disk: PlannedDisk, { path, target }: DiskPlace): void {
  const element = devices.append('disk', { attributes: { type: 'file', device: 'disk' } });
  element.append('driver', { attributes: { name: 'qemu', type: 'qcow2', discard: 'unmap' } });
  element.append('source', { attributes: { file: path } });
  element.append('target', { attributes: { dev: target, bus: disk.bus } });
  element.append('alias', {
    attributes: { name: disk.name === undefined ? ROOT_ALIAS : deviceAlias('disk', disk.name) },
  });
}

/** The CD-ROM with the seed, on virtio-scsi: Debian's cloud kernels see no SATA CD-ROM. */
export function appendSeed(devices: XmlElement, { path, target }: DiskPlace): void {
  const element = devices.append('disk', { attributes: { type: 'file', device: 'cdrom' } });
  element.append('driver', { attributes: { name: 'qemu', type: 'raw' } });
  element.append('source', { attributes: { file: path } });
  element.append('target', { attributes: { dev: target, bus: 'scsi' } });
  element.append('readonly');
  element.append('alias', { attributes: { name: SEED_ALIAS } });
}

/** A NIC of ours. */
export function appendNic(devices: XmlElement, nic: PlannedNic): void {
  const element = devices.append('interface', {
    attributes: { type: nic.bridge === undefined ? 'network' : 'bridge' },
  });
  element.append('mac', { attributes: { address: nic.mac } });
  element.append('source', { attributes: { network: nic.network, bridge: nic.bridge } });
  element.append('model', { attributes: { type: nic.model ?? 'virtio' } });
  element.append('alias', { attributes: { name: deviceAlias('nic', nic.name) } });
}
