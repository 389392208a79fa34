import type { Capability } from '@virtrigaud/grpc-contract/client';
import type { BackdoorMethod } from './backdoor.ts';
import type { Scene } from './runner/scene.ts';

/** What the checks are about, in the order in which they run. */
export const checkGroups = [
  'claim',
  'identity',
  'idempotency',
  'power',
  'absence',
  'term',
  'expiry',
  'watch',
  'task',
  'copied-stamp',
  'adopt',
  'release',
  'image',
  'disk',
  'nic',
  'health',
] as const;
export type CheckGroup = (typeof checkGroups)[number];

/** A capability by its name in the contract, such as `IMAGE_PREPARE`. */
export type CapabilityName = Exclude<keyof typeof Capability, 'UNSPECIFIED'>;

/** One promise of the contract, and how to see whether a provider keeps it. */
export interface Check {
  /** Never reused, listed in docs/contract.md. */
  readonly id: `${CheckGroup}/${string}`;
  readonly title: string;
  /** The sentence of the contract that it proves. */
  readonly proves: string;
  /** Without it the check is not run. Absent: every provider has to. */
  readonly capability?: CapabilityName | undefined;
  /** What it needs behind the provider's back. Without it the check is not run. */
  readonly backdoor?: readonly BackdoorMethod[] | undefined;
  /** Rejects with a {@link CheckFailure} when the promise is not kept. */
  run(scene: Scene): Promise<void>;
}

/** The group that a check belongs to. */
export function groupOf({ id }: Pick<Check, 'id'>): CheckGroup {
  return id.slice(0, id.indexOf('/')) as CheckGroup;
}
