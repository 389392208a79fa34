import { createHash } from 'node:crypto';

/**
 * The MAC address of a NIC that was given none: under QEMU's prefix, and the same whenever it is asked for, so that a VM that is made
 * again keeps its DHCP lease.
 *
 * @param ownerUid - uid of the VirtualMachine.
 * @param nicName - name of the NIC in its spec.
 */
export function macAddressOf(ownerUid: string, nicName: string): string {
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(`${ownerUid.toLowerCase()}/${nicName}`).digest();
  return ['52', '54', '00', ...[a, b, c].map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}
