import { XmlElement, type LibvirtApi } from '@virtrigaud/libvirt-client';
import { dependencyMissing } from '@virtrigaud/provider-sdk';
import type { MachinePlan } from './machine-plan.ts';

/** Looking at QEMU takes seconds on some hosts. */
const ASK_TIMEOUT_MS = 120_000;

/** Checks that libvirt has the firmware that a VM is to boot with. Throws DEPENDENCY_MISSING saying what to install. */
export async function requireFirmware(libvirt: LibvirtApi, { firmware, settings }: MachinePlan): Promise<void> {
  if (firmware === 'Bios') return;
  const query = { machine: settings.machine, virtType: settings.virtType, arch: 'x86_64' };
  if (offersUefi(await libvirt.getDomainCapabilities(query, { timeoutMs: ASK_TIMEOUT_MS }))) return;
  throw dependencyMissing(
    `libvirt offers no UEFI firmware for machine ${settings.machine}: install it on the host (Debian: apt-get install ovmf), or take firmware BIOS`,
  );
}

/** Whether domain capabilities list UEFI among the firmwares that libvirt finds by itself. */
export function offersUefi(domainCapabilities: string): boolean {
  const values = XmlElement.parse(domainCapabilities).findAll("os/enum[@name='firmware']/value");
  return values.some(({ text }) => text === 'efi');
}
