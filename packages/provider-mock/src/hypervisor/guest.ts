import { createHash } from 'node:crypto';
import type { Nic, VmRecord } from './records.ts';

/** A VM as it is at `now`: a guest that was asked to shut down may have done so, with no process watching. */
export function settledAt(vm: VmRecord, now: number): VmRecord {
  if (vm.offAt === undefined || vm.offAt > now) return vm;
  const { offAt: _offAt, live: _live, bootedAt: _bootedAt, ...rest } = vm;
  return { ...rest, power: 'off', powerReason: 'guest-shutdown' };
}

/** When the VM will next be seen to change by itself; undefined: only when somebody changes it. */
export function nextChangeAt(vm: VmRecord, now: number): number | undefined {
  const times = [vm.offAt, vm.power === 'on' && vm.bootedAt !== undefined ? vm.bootedAt + vm.bootMs : undefined];
  const future = times.filter((at): at is number => at !== undefined && at > now);
  return future.length > 0 ? Math.min(...future) : undefined;
}

/** Whether the guest is up: its agent answers and its network has addresses. */
export function isGuestUp(vm: VmRecord, now: number): boolean {
  return vm.power === 'on' && vm.bootedAt !== undefined && vm.bootedAt + vm.bootMs <= now;
}

/** What the guest has on that NIC: its static address, or the lease that the network always gives to this MAC. */
export function addressesOf(nic: Nic): readonly string[] {
  if (nic.staticAddress) return [nic.staticAddress.address.replace(/\/.*$/, '')];
  const [a = 0, b = 0, c = 0] = createHash('sha256').update(nic.mac).digest();
  // No .0 and no .255, which look wrong to people.
  return [`10.${a}.${b}.${1 + (c % 254)}`];
}

/** The MAC that a NIC of this VM has when nobody chose one; the same each time. */
export function macOf(vmId: string, nicName: string): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = createHash('sha256').update(`${vmId}/${nicName}`).digest();
  return [0x02, a, b, c, d, e].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
