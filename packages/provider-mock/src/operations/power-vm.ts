import { settledAt } from '../hypervisor/guest.ts';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { Knobs } from '../hypervisor/knobs.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord } from '../hypervisor/records.ts';
import { requireOwner } from './effect-guard.ts';
import type { EffectGuard } from './effect-guard.ts';

export type PowerAction = 'on' | 'off' | 'shutdown' | 'reboot' | 'reset' | 'suspend' | 'resume';

/** Which VM, and under what id: an action that must happen at most once is remembered by it. */
export interface PowerCall extends EffectGuard {
  readonly id: string;
  readonly ownerUid: string;
  readonly operationId: string;
}

const rememberedOperations = 16;

/**
 * Changes a VM's power in one durable step. What is so already is left; `shutdown` returns when the guest was asked; `reboot` and
 * `reset` happen once for each operation id.
 *
 * @throws `HypervisorError` `NoSuchVm`, `WrongState` where the action makes no sense, as to reboot what is off.
 */
export async function powerVm(host: MockHypervisor, action: PowerAction, call: PowerCall): Promise<VmRecord> {
  await host.reach('power', { id: call.id }, call.signal);
  const knobs = await host.knobs.read();
  call.beforeEffect();
  const vm = await host.change(call.id, (current) => {
    requireOwner(current, call.ownerUid);
    return after(current, action, { knobs, operationId: call.operationId });
  });
  await host.pass(`power.${action}`, { id: vm.id, name: vm.name }, call.signal);
  return vm;
}

/** That VM, just powered on: with the hardware that it was to have at its next start. */
export function turnedOn(vm: VmRecord, bootMs: number): VmRecord {
  if (vm.power === 'on') return vm;
  const { powerReason: _powerReason, offAt: _offAt, ...rest } = vm;
  return { ...rest, power: 'on', live: vm.configured, bootedAt: Date.now(), bootMs: bootMsOf(vm, bootMs) };
}

function after(
  vm: VmRecord,
  action: PowerAction,
  { knobs, operationId }: { knobs: Knobs; operationId: string },
): VmRecord {
  switch (action) {
    case 'on':
      return vm.power === 'suspended' ? { ...vm, power: 'on' } : turnedOn(vm, knobs.bootMs);
    case 'off':
      return turnedOff(vm);
    case 'shutdown':
      if (vm.power === 'off') return vm;
      requirePower(vm, ['on'], action);
      if (knobs.ignoreShutdown || vm.offAt !== undefined) return vm;
      return settledAt({ ...vm, offAt: Date.now() + knobs.shutdownMs }, Date.now());
    case 'reboot':
    case 'reset':
      if (vm.handled.includes(operationId)) return vm;
      requirePower(vm, ['on'], action);
      return {
        ...vm,
        bootedAt: Date.now(),
        bootMs: bootMsOf(vm, knobs.bootMs),
        handled: [...vm.handled, operationId].slice(-rememberedOperations),
      };
    case 'suspend':
      requirePower(vm, ['on', 'suspended'], action);
      return vm.power === 'suspended' ? vm : { ...vm, power: 'suspended' };
    case 'resume':
      requirePower(vm, ['on', 'suspended'], action);
      return vm.power === 'on' ? vm : { ...vm, power: 'on' };
  }
}

/** How long its guest takes to boot: a VM may have a setting of its own. */
function bootMsOf(vm: VmRecord, usual: number): number {
  const own = Number(vm.extension['mock.bootMs'] ?? Number.NaN);
  return Number.isNaN(own) ? usual : own;
}

function turnedOff(vm: VmRecord): VmRecord {
  if (vm.power === 'off') return vm;
  const { live: _live, bootedAt: _bootedAt, offAt: _offAt, powerReason: _powerReason, ...rest } = vm;
  return { ...rest, power: 'off' };
}

function requirePower(vm: VmRecord, powers: readonly VmRecord['power'][], action: PowerAction): void {
  if (powers.includes(vm.power)) return;
  throw new HypervisorError(
    'WrongState',
    `${vm.name} is ${vm.power}: cannot ${action} it; it must be ${powers.join(' or ')}`,
  );
}
