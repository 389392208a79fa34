import { reasonTraits, type ConditionTypeOf, type ReasonOf } from '@virtrigaud/api-types';

/** One condition before it is written: which reason, and the words for it. */
export interface Facet<C extends ConditionTypeOf<'VirtualMachine'> = ConditionTypeOf<'VirtualMachine'>> {
  readonly type: C;
  readonly reason: string;
  readonly message: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly stalled: boolean;
  readonly byChoice: boolean;
}

/** Makes a facet; what its reason means comes from the table of conditions. */
export function facet<C extends ConditionTypeOf<'VirtualMachine'>>(
  type: C,
  reason: ReasonOf<'VirtualMachine', C>,
  message: string,
): Facet<C> {
  return { type, reason, message, ...reasonTraits('VirtualMachine', type, reason) };
}
