import { ensureLibvirtd, stopLibvirtd } from './libvirt/daemon.js';
import { ensurePackages } from './libvirt/packages.js';
import { SetupError } from './libvirt/program.js';
import { ensureGuest } from './libvirt/virt-type.js';

/**
 * What the suites that meet a hypervisor need: packages, a libvirt daemon, the demo guest. Where one of them cannot be had, says which
 * and why; the suites then skip with the same words, and fail in CI.
 *
 * @returns {Promise<() => Promise<void>>} ends the daemons that this call started
 */
export async function prepareHost() {
  console.log('==> libvirt, QEMU and a guest');
  try {
    ensurePackages();
    const { started } = await ensureLibvirtd();
    ensureGuest();
    return () => stopLibvirtd(started);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.warn(`the suites that need a real hypervisor will not run: ${error.message}`);
    return async () => undefined;
  }
}
