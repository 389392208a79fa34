/**
 * The Debian packages that libvirt with a guest of ours needs.
 *
 * usage: node tools/libvirt/packages.js [missing | install]      missing prints the command that would install what is not there
 */
import { SetupError, asCommand, progress, tryRun } from './program.js';

/** Why each is needed: the daemon and its driver, QEMU, DHCP and NAT of a network, what a person tries an address with, and what guest.sh builds with. */
const PACKAGES = [
  ...['libvirt-daemon-system', 'libvirt-clients', 'qemu-system-x86', 'qemu-utils'],
  ...['dnsmasq-base', 'iptables', 'iputils-ping'],
  ...['syslinux', 'mtools', 'dosfstools', 'cpio', 'kmod', 'genisoimage'],
];
const INSTALL_TIMEOUT_MS = 900_000;
const UNATTENDED = { DEBIAN_FRONTEND: 'noninteractive' };

/** Names of packages that are not installed. Throws SetupError on a system that has no dpkg. */
export function missingPackages() {
  const { ok, stdout, stderr } = tryRun('dpkg-query', [
    '-W',
    '-f',
    '${Package} ${db:Status-Status}\n',
    'dpkg',
    ...PACKAGES,
  ]);
  if (!ok && stdout === '') {
    throw new SetupError(
      `this is not a Debian or Ubuntu system (${stderr.trim()}): install the counterparts of ${PACKAGES.join(', ')}`,
    );
  }
  const installed = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return PACKAGES.filter((name) => !installed.has(name));
}

/** The command a person can paste. */
export function installCommand(names) {
  return `apt-get install -y --no-install-recommends ${names.join(' ')}`;
}

/** Installs what is missing when we are root, else throws with the command. Idempotent. Answers what it installed. */
export function ensurePackages() {
  const missing = missingPackages();
  if (missing.length === 0) return [];
  if (process.getuid?.() !== 0) {
    throw new SetupError(`packages are missing; run: sudo apt-get update && sudo ${installCommand(missing)}`);
  }
  progress(`installing ${missing.join(', ')}`);
  const install = () =>
    tryRun('apt-get', ['install', '-y', '--no-install-recommends', ...missing], {
      timeoutMs: INSTALL_TIMEOUT_MS,
      env: UNATTENDED,
    });
  if (install().ok) return missing;
  progress('refreshing the package lists (apt-get update)');
  tryRun('apt-get', ['update'], { timeoutMs: INSTALL_TIMEOUT_MS });
  const again = install();
  if (!again.ok)
    throw new SetupError(`${installCommand(missing)} failed: ${again.stderr.trim().split('\n').slice(-3).join(' | ')}`);
  return missing;
}

asCommand(import.meta.url, ([verb = 'missing']) => {
  if (verb === 'install') {
    const installed = ensurePackages();
    return installed.length === 0 ? 'nothing is missing' : `installed ${installed.join(' ')}`;
  }
  if (verb !== 'missing')
    throw new SetupError(`unknown verb ${verb}; usage: node tools/libvirt/packages.js [missing | install]`);
  const missing = missingPackages();
  return missing.length === 0 ? 'nothing is missing' : installCommand(missing);
});
