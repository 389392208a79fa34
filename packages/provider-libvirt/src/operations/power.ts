import { DomainState, ErrorCode, isLibvirtCode, LibvirtError, type DomainRef } from '@virtrigaud/libvirt-client';
import { ProviderError, Reason, type Accepted, type MutationContext, type PowerVm } from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { powerOf } from '../state/power-of.ts';
import type { Host } from '../session/host.ts';
import { requireStamp, type OwnedDomain } from './require-stamp.ts';
import { writeStamp } from './write-stamp.ts';

/** Brings a VM into a power state; one that it is in already is success. Reboot and reset happen once per operation. */
export async function powerVm(host: Host, { vm, operation }: PowerVm, call: MutationContext): Promise<Accepted> {
  return asProvider(`VM ${vm.name}`, async () => {
    const owned = await requireStamp(host, vm, call.owner);
    call.checkBeforeEffect();
    switch (operation) {
      case 'On':
        return switchOn(host, owned.domain);
      case 'Off':
        await host.libvirt.domainSetAutostart(owned.domain, { autostart: false });
        return switchOff(host, owned.domain);
      case 'ShutdownGraceful':
        return shutDown(host, owned.domain);
      case 'Suspend':
        return suspend(host, owned.domain);
      case 'Resume':
        return resume(host, owned.domain);
      case 'Reboot':
        return once(host, owned, { call, effect: () => host.libvirt.domainReboot(owned.domain) });
      case 'Reset':
        return once(host, owned, { call, effect: () => host.libvirt.domainReset(owned.domain) });
    }
  });
}

/** Has a domain start with its host, and starts it, or lets a paused one go on. `flags` are those of the start. */
export async function switchOn({ libvirt }: Host, domain: DomainRef, flags = 0): Promise<undefined> {
  const { state } = await libvirt.domainGetState(domain);
  if (state === DomainState.suspendedByGuest) throw wrongState(domain, 'sleeps: reset it, or switch it off first');
  // First: killed after the start, nobody would ask again, as the VM is on.
  await libvirt.domainSetAutostart(domain, { autostart: true });
  if (state === DomainState.paused) await letGoOn(libvirt, domain);
  else if (state === DomainState.off || state === DomainState.crashed) await start({ libvirt }, domain, flags);
}

async function start({ libvirt }: Pick<Host, 'libvirt'>, domain: DomainRef, flags: number): Promise<void> {
  try {
    await libvirt.domainCreate(domain, { flags, timeoutMs: START_TIMEOUT_MS });
  } catch (error) {
    // Somebody else was faster.
    if (!isLibvirtCode(error, ErrorCode.operationInvalid)) throw error;
    const { state } = await libvirt.domainGetState(domain);
    if (state === DomainState.off || state === DomainState.crashed) throw error;
  }
}

/** Some hosts probe QEMU again at each start, which takes seconds. */
const START_TIMEOUT_MS = 120_000;

/** Takes the power away. */
export async function switchOff({ libvirt }: Host, domain: DomainRef): Promise<undefined> {
  const { state } = await libvirt.domainGetState(domain);
  if (state === DomainState.off) return;
  try {
    await libvirt.domainDestroy(domain);
  } catch (error) {
    if (!isLibvirtCode(error, ErrorCode.operationInvalid)) throw error;
    if ((await libvirt.domainGetState(domain)).state !== DomainState.off) throw error;
  }
}

/** Asks the guest to shut down; that it was asked is success. */
async function shutDown({ libvirt }: Host, domain: DomainRef): Promise<undefined> {
  await libvirt.domainSetAutostart(domain, { autostart: false });
  const { state } = await libvirt.domainGetState(domain);
  if (state === DomainState.off || state === DomainState.crashed || state === DomainState.shuttingDown) return;
  if (state !== DomainState.running && state !== DomainState.blocked) {
    throw wrongState(domain, 'does not run, so its guest hears nothing: resume it, or switch it off');
  }
  await libvirt.domainShutdown(domain);
}

async function suspend({ libvirt }: Host, domain: DomainRef): Promise<undefined> {
  const seen = await libvirt.domainGetState(domain);
  const { state } = seen;
  // One that is paused on the way to something else, as at its start, would run in a moment: libvirt waits for that.
  if (state === DomainState.paused && !powerOf(seen).transitioning) return;
  if (state === DomainState.off || state === DomainState.crashed)
    throw wrongState(domain, 'is off: there is nothing to suspend');
  await libvirt.domainSuspend(domain);
}

async function resume({ libvirt }: Host, domain: DomainRef): Promise<undefined> {
  const { state } = await libvirt.domainGetState(domain);
  if (state === DomainState.running || state === DomainState.blocked) return;
  if (state !== DomainState.paused) throw wrongState(domain, 'is not suspended: switch it on instead');
  await letGoOn(libvirt, domain);
}

async function letGoOn(libvirt: Host['libvirt'], domain: DomainRef): Promise<void> {
  try {
    await libvirt.domainResume(domain);
  } catch (error) {
    // It was paused for its start, which is done by now.
    if (!isLibvirtCode(error, ErrorCode.operationInvalid)) throw error;
    const { state } = await libvirt.domainGetState(domain);
    if (state !== DomainState.running && state !== DomainState.blocked) throw error;
  }
}

/**
 * The operation's id is written before the effect: asked again, it is done, whatever came of the first answer. Where libvirt answered that
 * it did not happen, the id goes again. Nothing is checked in between: an id without its effect would be a lie.
 */
async function once(
  host: Host,
  { domain, stamp }: OwnedDomain,
  { call, effect }: { readonly call: MutationContext; readonly effect: () => Promise<void> },
): Promise<undefined> {
  if (stamp.once.includes(call.operationId)) return;
  const { state } = await host.libvirt.domainGetState(domain);
  if (state !== DomainState.running && state !== DomainState.blocked) throw wrongState(domain, 'does not run');
  call.checkBeforeEffect();
  await writeStamp(host.libvirt, domain, { ...stamp, once: [...stamp.once, call.operationId].slice(-REMEMBERED) });
  try {
    await effect();
  } catch (error) {
    if (saysThatNothingHappened(error)) await writeStamp(host.libvirt, domain, stamp);
    throw error;
  }
}

/** So many operations are remembered: a late repetition may come after others. */
const REMEMBERED = 16;

/** Whether libvirt itself refused; an agent that stays silent may have heard all the same. */
function saysThatNothingHappened(error: unknown): boolean {
  const unknown = [ErrorCode.agentUnresponsive, ErrorCode.agentUnsynced];
  return (
    error instanceof LibvirtError && error.kind === 'libvirt' && !unknown.some((code) => isLibvirtCode(error, code))
  );
}

function wrongState(domain: DomainRef, what: string): ProviderError {
  return new ProviderError('FailedPrecondition', {
    reason: Reason.WrongState,
    message: `VM ${domain.uuid} ("${domain.name}") ${what}`,
  });
}
