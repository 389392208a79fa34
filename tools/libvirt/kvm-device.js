/** The device node of KVM, on hosts that have no udev to prepare it. */
import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs';
import { progress } from './program.js';

/** Who the node belongs to where nobody prepared it, and the mode that systemd's and Debian's udev rules give it. */
const UNPREPARED_MODE = 0o600;
const PREPARED_MODE = 0o660;

/** The group that an unprepared /dev/kvm should belong to; undefined where nothing is to be done, or we may not. */
export function missingKvmGroup() {
  if (process.getuid?.() !== 0) return undefined;
  const node = statSync('/dev/kvm', { throwIfNoEntry: false });
  if (!node || (node.mode & 0o777) !== UNPREPARED_MODE || node.gid !== 0) return undefined;
  const group = readFileSync('/etc/group', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'kvm');
  return group && Number(group[2]);
}

/**
 * Gives an unprepared /dev/kvm (root's alone) to the group `kvm`, as udev does elsewhere. Without that, libvirt probes QEMU with
 * KVM, sees that its QEMU user has none, and throws the result away: each use of it costs seconds, and to define a domain most of a
 * minute. Does nothing where there is no such node or group, where it was prepared, or where we are not root.
 */
export function prepareKvmDevice() {
  const group = missingKvmGroup();
  if (group === undefined) return;
  progress('giving /dev/kvm to group kvm, as udev would');
  chownSync('/dev/kvm', statSync('/dev/kvm').uid, group);
  chmodSync('/dev/kvm', PREPARED_MODE);
}
