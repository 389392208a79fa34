/** The mark by which the libvirt provider knows a hypervisor again: a network that is never started. */
import { tryRun } from '../libvirt/program.js';

const NETWORK = 'virtrigaud-id';
const virsh = (...args) => tryRun('virsh', ['-q', '-c', 'qemu:///system', ...args]);

/** Records that the provider is about to make the mark, where it is not there. */
export function recordIdentity(making) {
  if (!virsh('net-info', NETWORK).ok) making({ kind: 'identity', name: NETWORK });
}

/** Takes the mark away, unless other machines are left that may go by it. Answers whether it is gone. */
export function removeIdentity(name) {
  const domains = virsh('list', '--all', '--name');
  if (!domains.ok || domains.stdout.trim() !== '') return false;
  return !virsh('net-info', name).ok || virsh('net-undefine', name).ok;
}
