import { DomainState, type DomainStateInfo } from '@virtrigaud/libvirt-client';
import type { VmState } from '@virtrigaud/provider-sdk';

type Power = Pick<VmState, 'power' | 'powerReason' | 'transitioning'>;

/** Why a domain is paused, in libvirt's numbers (`virDomainPausedReason`). */
const PAUSED: Readonly<Record<number, Power>> = {
  1: { power: 'Suspended', powerReason: 'User' },
  2: { power: 'Suspended', powerReason: 'Migration', transitioning: true },
  3: { power: 'Suspended', transitioning: true },
  4: { power: 'Suspended', transitioning: true },
  5: { power: 'Suspended', powerReason: 'IoError' },
  7: { power: 'Suspended', powerReason: 'Snapshot' },
  8: { power: 'Suspended', powerReason: 'GuestShutdown', transitioning: true },
  9: { power: 'Suspended', powerReason: 'Snapshot', transitioning: true },
  10: { power: 'Crashed', powerReason: 'GuestPanic' },
  11: { power: 'Suspended', powerReason: 'Starting', transitioning: true },
  12: { power: 'Suspended', powerReason: 'Migration', transitioning: true },
  13: { power: 'Suspended', powerReason: 'Migration' },
};

/** Why a domain is off (`virDomainShutoffReason`). */
const OFF: Readonly<Record<number, Power>> = {
  1: { power: 'Off', powerReason: 'GuestShutdown' },
  3: { power: 'Crashed', powerReason: 'GuestPanic' },
};

/** Power as the contract tells it. A guest that was asked to shut down is still on. */
export function powerOf({ state, reason }: DomainStateInfo): Power {
  switch (state) {
    case DomainState.running:
    case DomainState.blocked:
    case DomainState.shuttingDown:
      return { power: 'On' };
    case DomainState.paused:
      return PAUSED[reason] ?? { power: 'Suspended' };
    case DomainState.suspendedByGuest:
      return { power: 'Suspended', powerReason: 'User' };
    case DomainState.off:
      return OFF[reason] ?? { power: 'Off' };
    case DomainState.crashed:
      return { power: 'Crashed', powerReason: 'GuestPanic' };
    default:
      return { power: 'Unknown' };
  }
}
