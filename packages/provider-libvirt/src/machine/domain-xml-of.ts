import { DomainXml, type XmlElement } from '@virtrigaud/libvirt-client';
import { encodeStamp, type DomainStamp } from '../identity/stamp.ts';
import { appendDisk, appendNic, appendSeed, targetNames } from './device-xml.ts';
import type { MachinePlan } from './machine-plan.ts';

/** Without spare ports q35 takes one hot-plugged device and no second. */
const SPARE_PORTS = 12;
const KIB = 1024;

/** The definition of a VM: its disks by path, and the stamp that claims it. Values are escaped by the builder. */
export function domainXmlOf(plan: MachinePlan, stamp: DomainStamp, poolPath: string): string {
  const domain = DomainXml.create(plan.settings.virtType, plan.name);
  const { root } = domain;
  root.append('uuid', { text: plan.owner.uid });
  domain.setMetadata(encodeStamp(stamp, 'qualified'));
  const memoryKiB = BigInt(plan.memoryBytes / KIB);
  root.append('memory', { attributes: { unit: 'KiB' }, text: memoryKiB });
  root.append('currentMemory', { attributes: { unit: 'KiB' }, text: memoryKiB });
  root.append('vcpu', { text: plan.cpus });
  appendOs(root, plan);
  const features = root.append('features');
  features.append('acpi');
  features.append('apic');
  if (plan.settings.cpuMode !== 'default') root.append('cpu', { attributes: { mode: plan.settings.cpuMode } });
  root.append('clock', { attributes: { offset: 'utc' } });
  root.append('on_poweroff', { text: 'destroy' });
  root.append('on_reboot', { text: 'restart' });
  root.append('on_crash', { text: 'destroy' });
  appendDevices(domain.devices, plan, poolPath);
  return domain.toString();
}

function appendOs(root: XmlElement, { firmware, settings }: MachinePlan): void {
  const os = root.append('os', { attributes: { firmware: firmware === 'Uefi' ? 'efi' : undefined } });
  os.append('type', { attributes: { arch: 'x86_64', machine: settings.machine }, text: 'hvm' });
  os.append('boot', { attributes: { dev: 'hd' } });
}

function appendDevices(devices: XmlElement, plan: MachinePlan, poolPath: string): void {
  if (plan.settings.machine.includes('q35')) {
    devices.append('controller', { attributes: { type: 'pci', index: 0, model: 'pcie-root' } });
    for (let index = 1; index <= SPARE_PORTS; index += 1) {
      devices.append('controller', { attributes: { type: 'pci', index, model: 'pcie-root-port' } });
    }
  }
  devices.append('controller', { attributes: { type: 'scsi', index: 0, model: 'virtio-scsi' } });
  const names = targetNames();
  appendDisk(devices, plan.root, { path: `${poolPath}/${plan.root.volume}`, target: names(plan.root.bus) });
  for (const disk of plan.disks) {
    appendDisk(devices, disk, { path: `${poolPath}/${disk.volume}`, target: names(disk.bus) });
  }
  appendSeed(devices, { path: `${poolPath}/${plan.seedVolume}`, target: names('scsi') });
  for (const nic of plan.nics) appendNic(devices, nic);
  appendRest(devices);
}

function appendRest(devices: XmlElement): void {
  devices.append('serial', { attributes: { type: 'pty' } });
  devices.append('console', { attributes: { type: 'pty' } });
  const channel = devices.append('channel', { attributes: { type: 'unix' } });
  channel.append('target', { attributes: { type: 'virtio', name: 'org.qemu.guest_agent.0' } });
  devices.append('video').append('model', { attributes: { type: 'vga' } });
  devices.append('graphics', { attributes: { type: 'vnc', autoport: 'yes', listen: '127.0.0.1' } });
  const rng = devices.append('rng', { attributes: { model: 'virtio' } });
  rng.append('backend', { attributes: { model: 'random' }, text: '/dev/urandom' });
}
