import type { EventReason } from '@virtrigaud/api-types';
import type { Verb } from './observed.ts';

/** What came of a step. Failures are values; they are remembered, and the status is projected from the memory. */
export type Outcome =
  /** Something was done: look and plan again, at once. */
  | { readonly kind: 'Progressed' }
  /** Nothing was to be done, or what was begun takes its time. */
  | { readonly kind: 'Waiting' }
  | { readonly kind: 'Failed'; readonly verb: Verb }
  /** The object is on its way out: there is no status to write any more. */
  | { readonly kind: 'Gone' };

/** Something that people are told. */
export interface Note {
  readonly reason: EventReason<'VirtualMachine'>;
  readonly message: string;
}
