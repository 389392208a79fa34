import type { Capability, GetProviderInfoResponse, ValidateResponse } from '@virtrigaud/grpc-contract/client';
import type { Failure } from '../transport/failure.ts';

/** Something that holds since a moment: milliseconds since the epoch. */
interface Since {
  readonly sinceMs: number;
}

/** Whether the provider's endpoint answers. */
export type Reach =
  | { readonly kind: 'Connecting' }
  | ({ readonly kind: 'Connected' } & Since)
  | ({ readonly kind: 'Unreachable'; readonly why: string } & Since)
  | ({ readonly kind: 'HandshakeFailed'; readonly why: string } & Since);

/** Whether both sides speak one contract, and of one type of hypervisor. */
export type Agreement =
  | { readonly kind: 'Unknown' }
  | { readonly kind: 'Compatible'; readonly revision: number }
  | { readonly kind: 'Incompatible'; readonly why: string }
  | { readonly kind: 'TypeMismatch'; readonly why: string };

/** What the provider says of its hypervisor, by Health.Watch. */
export type Health =
  { readonly kind: 'Unknown' } | ({ readonly kind: 'Serving' } & Since) | ({ readonly kind: 'NotServing' } & Since);

/** What is known of one instance, or of all of them as one. */
export interface LinkState {
  readonly reach: Reach;
  readonly agreement: Agreement;
  readonly info: GetProviderInfoResponse | undefined;
  readonly health: Health;
}

/** What is known of a connection, at one moment. */
export interface ConnectionState extends LinkState {
  /** How many instances answer, and can be sent to. */
  readonly ready: number;
  /** What is said of instances that are at different hypervisors; undefined: they are at one. Nothing is sent meanwhile. */
  readonly differing: string | undefined;
  /** The last answer of Validate, asked whenever health changes. */
  readonly validation: ValidateResponse | undefined;
  /** Credentials that the hypervisor refused: nothing is sent before they change. */
  readonly rejected: ({ readonly why: string } & Since) | undefined;
  readonly breakerOpenSinceMs: number | undefined;
}

/** Of an instance that was not heard of yet. */
export const initialLinkState: LinkState = {
  reach: { kind: 'Connecting' },
  agreement: { kind: 'Unknown' },
  info: undefined,
  health: { kind: 'Unknown' },
};

export const initialState: ConnectionState = {
  ...initialLinkState,
  ready: 0,
  differing: undefined,
  validation: undefined,
  rejected: undefined,
  breakerOpenSinceMs: undefined,
};

/** Whether calls can be sent to an instance. */
export function isUsable({ reach, agreement }: LinkState): boolean {
  return reach.kind === 'Connected' && agreement.kind === 'Compatible';
}

type Info = GetProviderInfoResponse;

/** Worked out once of each answer, and not each time that a VM looks at its Provider. An answer is never changed in place. */
const known = new WeakMap<Info, { readonly fingerprint: string; readonly capabilities: ReadonlySet<Capability> }>();
const noCapabilities: ReadonlySet<Capability> = new Set();

function factsOf(info: Info) {
  const facts = known.get(info) ?? {
    fingerprint: [info.version, info.instanceId, ...[...info.capabilities].sort((a, b) => a - b)].join('/'),
    capabilities: new Set(info.capabilities),
  };
  known.set(info, facts);
  return facts;
}

/** What a provider is and can do, as one text: its change wakes what is Stalled. */
export function fingerprintOf(info: Info | undefined): string {
  return info ? factsOf(info).fingerprint : '';
}

/** The capabilities of a provider; none while it is not known. The same set for the same answer. */
export function capabilitiesOf(info: Info | undefined): ReadonlySet<Capability> {
  return info ? factsOf(info).capabilities : noCapabilities;
}

/** Words for instances that are at different hypervisors. */
export function differingWords(differing: string): string {
  return `${differing}; nothing is sent until all are at one`;
}

/** Words for a failed call. */
export function failureWords(failure: Failure): string {
  return `${failure.call}: ${failure.message}`;
}
