import type { StatusCause } from '../status/status-error.ts';

/** One rule of `x-kubernetes-validations`, compiled. */
export interface CelRule {
  readonly rule: string;
  readonly message: string;
  /** Path below the node that the rule is on, like `spec.imageRef`; '' when the node itself is meant. */
  readonly fieldPath: string;
  readonly reason: StatusCause['reason'];
  /** Reads `oldSelf`: applies to updates only. */
  readonly isTransition: boolean;
  /** The members of `self` and `oldSelf` that it reads, as it spells them; undefined: it reads a whole one. */
  readonly members: ReadonlySet<string> | undefined;
  /** @throws when the rule cannot be evaluated, like on a missing member. */
  readonly holds: (bindings: { readonly self: unknown; readonly oldSelf?: unknown }) => unknown;
}
