import { Annotation, type VirtualMachine } from '@virtrigaud/api-types';
import { Capability, Lifecycle } from '@virtrigaud/grpc-contract/client';
import type { Observed, ProviderView, TakeOver } from './observed.ts';

/** What {@link takeOverOf} looks at. */
export interface TakeOverInput {
  readonly vm: VirtualMachine;
  /** Where it is, or is to be, bound. */
  readonly provider: Pick<ProviderView, 'capabilities' | 'unavailable'>;
  /** `namespace/name` of the VirtualMachine that has this uid; undefined: there is none. */
  readonly vmOfUid: (uid: string) => string | undefined;
}

/** Which machine an object asks to take over, and what speaks against it that the provider cannot know. Pure. */
export function takeOverOf({ vm, provider, vmOfUid }: TakeOverInput): TakeOver | undefined {
  const uid = vm.metadata.annotations?.[Annotation.TakeOver];
  if (uid === undefined || uid === '') return undefined;
  const owner = vmOfUid(uid);
  if (owner !== undefined) {
    const message = `the annotation ${Annotation.TakeOver} names ${uid}, which is VirtualMachine ${owner}: its machine is not taken away from it; name the uid of an object that is gone, or remove the annotation`;
    return { uid, problem: { reason: 'NameTaken', message } };
  }
  // What it can do is known only while it can be asked.
  if (!provider.unavailable && !provider.capabilities.has(Capability.ADOPT)) {
    const message = `the provider does not support adopt; remove the annotation ${Annotation.TakeOver} to have a new machine made`;
    return { uid, problem: { reason: 'CapabilityMissing', message } };
  }
  return { uid, problem: undefined };
}

/** Whether the machine is to be adopted, and none made: only what was never there, and was not begun, can be. */
export function isAdopting({ vm, takeOver, remote }: Pick<Observed, 'vm' | 'takeOver' | 'remote'>): boolean {
  const isBegun = remote.kind === 'Present' && remote.vm.lifecycle === Lifecycle.CREATING;
  return takeOver !== undefined && vm.status?.id === undefined && !isBegun;
}

/** Whether the machine is, or will be, one that was taken over. */
export const wasTakenOver = ({ vm }: Pick<Observed, 'vm'>): boolean => vm.status?.binding?.takeOver !== undefined;

/**
 * Whether deleting the object leaves the machine to itself. What was taken over is kept unless its owner says otherwise, also where
 * nobody has seen it yet: it was never half-made. So is what is READY there: it is whole, also where nobody has
 * written that down yet.
 */
export function isRetained(seen: Pick<Observed, 'vm' | 'remote'>): boolean {
  const { spec, status } = seen.vm;
  const isWhole = seen.remote.kind === 'Present' && seen.remote.vm.lifecycle === Lifecycle.READY;
  const policy = spec.deletionPolicy ?? (wasTakenOver(seen) ? 'Retain' : 'Delete');
  return policy === 'Retain' && (status?.id !== undefined || isWhole || wasTakenOver(seen));
}
