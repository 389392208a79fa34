import { z } from 'zod';

/** The keys of `spec.extraConfig` that libvirt's provider takes. */
export const extraConfig = z.object({
  'libvirt.machine': z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/)
    .describe('machine type of QEMU, such as q35 or pc; q35 by default')
    .optional(),
  'libvirt.cpuMode': z
    .enum(['host-model', 'host-passthrough', 'maximum', 'default'])
    .describe("what processor the guest sees; host-model with KVM, QEMU's default without")
    .optional(),
  'libvirt.virtType': z
    .enum(['kvm', 'qemu'])
    .describe('qemu emulates; kvm by default where libvirt offers it')
    .optional(),
  'libvirt.rootDisk': z
    .enum(['overlay', 'copy'])
    .describe('overlay keeps only what differs from the image; copy needs nothing of it afterwards')
    .optional(),
});

/** The settings, each with its default. */
export interface MachineSettings {
  readonly machine: string;
  readonly virtType: string;
  readonly cpuMode: string;
  readonly rootDisk: 'overlay' | 'copy';
}

/** Reads checked `extraConfig`; `virtType` is what the host offers. */
export function machineSettings(extension: Readonly<Record<string, string>>, virtType: string): MachineSettings {
  const given = extraConfig.parse(extension);
  const type = given['libvirt.virtType'] ?? virtType;
  return {
    machine: given['libvirt.machine'] ?? 'q35',
    virtType: type,
    cpuMode: given['libvirt.cpuMode'] ?? (type === 'kvm' ? 'host-model' : 'default'),
    rootDisk: given['libvirt.rootDisk'] ?? 'overlay',
  };
}
