import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { runningLibvirtd } from '../libvirt/daemon.js';
import { missingKvmGroup } from '../libvirt/kvm-device.js';
import { installCommand, missingPackages } from '../libvirt/packages.js';

/** Why a real machine cannot be made here, in one paragraph with the way out; undefined where it can. */
export function whyNot() {
  const mock = '`npm start -- --provider mock` shows everything but the machine, on any system.';
  if (process.platform !== 'linux') {
    return `A real virtual machine needs Linux with libvirt; this is ${process.platform}. ${mock}`;
  }
  if (!isDebian()) {
    return `This is not Debian or Ubuntu, where this program knows what to install. Install libvirt with its QEMU driver, dnsmasq, syslinux, mtools, dosfstools, cpio and kmod yourself, then run it as root. ${mock}`;
  }
  if (process.getuid() !== 0) {
    const missing = missingPackages();
    const install = missing.length > 0 ? `sudo apt-get update && sudo ${installCommand(missing)} && ` : '';
    return `A pool, a network and a libvirt daemon take root's rights. Run: ${install}sudo npm start. ${mock}`;
  }
  return undefined;
}

function isDebian() {
  const release = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(release);
}

/** What this run will install, start and create: one line each. */
export async function planOf({ provider, name, pool }) {
  const always = [
    'install  the dependencies of this workspace, from the lockfile (node_modules), and build it',
    `start    an API server and a manager of your own, on a free port of 127.0.0.1`,
  ];
  if (provider === 'mock')
    return [...always, `create   a mock machine "${name}": a directory that plays the hypervisor; nothing real`];
  const missing = missingPackages();
  return [
    ...(missing.length > 0 ? [`install  Debian packages: ${missing.join(' ')}`] : []),
    ...always,
    ...((await runningLibvirtd()) === undefined ? ['start    virtlogd and libvirtd (no libvirt daemon answers)'] : []),
    ...(missingKvmGroup() === undefined
      ? []
      : ["change   /dev/kvm, which is only root's here, to group kvm, as udev does elsewhere"]),
    `create   a storage pool and a NAT network "${pool}" in libvirt, if they are not there`,
    'create   a guest image of 16 MB from Debian packages',
    `create   a virtual machine "default.${name}"`,
  ];
}

/** Asks once. Without a terminal there is nobody to ask, and nothing that was not asked for is done. */
export async function agreed(question) {
  if (!process.stdin.isTTY) return true;
  const reader = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await new Promise((resolve) => {
    reader.question(`${question} [Y/n] `, resolve);
    reader.once('close', () => resolve('n'));
  });
  reader.close();
  return /^(y(es)?)?$/i.test(answer.trim());
}
