import type { KindName } from '../descriptor.ts';
import type { ConditionType } from './condition-type.ts';
import type { Reason } from './reason.ts';

/** What a reason means for the object that bears it. */
export interface ReasonTraits {
  /** The status of the condition that has this reason. */
  readonly status: 'True' | 'False' | 'Unknown';
  /** Stalled: nothing is tried again before the spec, the object named in the message or an annotation changes. */
  readonly stalled: boolean;
  /** The person's own choice: it does not hold back Ready. */
  readonly byChoice: boolean;
}

const met: ReasonTraits = { status: 'True', stalled: false, byChoice: false };
const unknown: ReasonTraits = { status: 'Unknown', stalled: false, byChoice: false };
const unmet: ReasonTraits = { status: 'False', stalled: false, byChoice: false };
const stalled: ReasonTraits = { status: 'False', stalled: true, byChoice: false };
const choice: ReasonTraits = { status: 'False', stalled: false, byChoice: true };

/** The conditions of each kind that has a status, and the reasons of each. */
export const conditionTable = {
  VirtualMachine: {
    Ready: {
      Settled: met,
      InvalidSpec: stalled,
      Deleting: unmet,
    },
    ProviderAvailable: {
      Available: met,
      NotYetConnected: unknown,
      ProviderNotFound: unmet,
      ConsumerNotAllowed: unmet,
      ProviderNotReady: unmet,
      ProviderUnreachable: unmet,
      CircuitOpen: unmet,
      InventoryStale: unmet,
      InventoryShrunk: unmet,
      CredentialsRejected: unmet,
      ContractIncompatible: stalled,
      HypervisorChanged: stalled,
      ProviderMismatch: stalled,
    },
    Provisioned: {
      Created: met,
      Adopted: met,
      WaitingForDependency: unmet,
      ConsumerNotAllowed: unmet,
      ImagePreparing: unmet,
      ImageMissing: unmet,
      ImageFailed: unmet,
      Creating: unmet,
      OutcomeUnknown: unmet,
      CreateFailed: unmet,
      OutOfCapacity: unmet,
      PermissionDenied: unmet,
      CapabilityMissing: stalled,
      NameTaken: stalled,
      Vanished: stalled,
      DuplicateOwner: stalled,
      HypervisorWaits: unmet,
      Deleting: unmet,
      DeleteFailed: unmet,
      NamespaceTerminating: unmet,
    },
    PowerStateReached: {
      Reached: met,
      PoweringOn: unmet,
      PoweringOff: unmet,
      ShuttingDown: unmet,
      PowerFailed: unmet,
      Crashed: unmet,
      SuspendedByHypervisor: unmet,
      CapabilityMissing: stalled,
      PowerDrift: choice,
    },
    ConfigurationApplied: {
      Applied: met,
      Reconfiguring: unmet,
      ReconfigureFailed: unmet,
      WaitingForDependency: unmet,
      ConsumerNotAllowed: unmet,
      CapabilityMissing: stalled,
      DiskShrinkRefused: stalled,
      RestartRequired: choice,
      UpdateHeldBack: choice,
      DriftDetected: choice,
    },
  },
  Provider: {
    Ready: {
      Ready: met,
      InvalidSpec: stalled,
      InUse: unmet,
      Deleting: unmet,
      PermissionDenied: unmet,
      InvalidConfiguration: stalled,
    },
    RuntimeReady: {
      InProcessReady: met,
      PackageMissing: stalled,
      InProcessFailed: unmet,
      ProcessesReady: met,
      ProcessesStarting: unmet,
      ProcessFailed: unmet,
    },
    TLSReady: {
      MutualTLS: met,
      LocalSocket: met,
    },
    Connected: {
      Connected: met,
      Unreachable: unmet,
      HandshakeFailed: unmet,
      CircuitOpen: unmet,
    },
    CompatibleContract: {
      Compatible: met,
      Incompatible: stalled,
      TypeMismatch: stalled,
    },
    CredentialsValid: {
      Accepted: met,
      NotRequired: met,
      SecretNotFound: unmet,
      SecretIncomplete: unmet,
      Rejected: unmet,
      PermissionMissing: unmet,
    },
    InventoryComplete: {
      Complete: met,
      Listing: unknown,
      InventoryShrunk: unmet,
      InventoryStale: unmet,
    },
    Healthy: {
      Reachable: met,
      ReachableUnverified: met,
      NotChecked: unknown,
      HypervisorUnreachable: unmet,
      EndpointNotLocal: stalled,
      HypervisorChanged: stalled,
      ReplicasDiffer: stalled,
    },
  },
  VMImage: {
    Ready: {
      NotRequested: met,
      InPlace: met,
      Prepared: met,
      InvalidSpec: stalled,
      Preparing: unmet,
      PrepareFailed: unmet,
      ChecksumMismatch: stalled,
      SourceNotFound: unmet,
      SourceNotSupported: stalled,
      CapabilityMissing: stalled,
    },
  },
} as const satisfies Partial<Record<KindName, Partial<Record<ConditionType, Partial<Record<Reason, ReasonTraits>>>>>>;

/** A kind that has conditions. */
export type ConditionedKind = keyof typeof conditionTable;
/** The conditions of a kind, besides Paused, Reconciling and Stalled, which every kind may have. */
export type ConditionTypeOf<K extends ConditionedKind> = keyof (typeof conditionTable)[K] & string;
/** The reasons of a condition. */
export type ReasonOf<K extends ConditionedKind, C extends ConditionTypeOf<K>> = keyof (typeof conditionTable)[K][C] &
  string;

/** What `reason` means in the condition `type` of `kind`. */
export function reasonTraits<K extends ConditionedKind, C extends ConditionTypeOf<K>>(
  kind: K,
  type: C,
  reason: ReasonOf<K, C>,
): ReasonTraits {
  return (conditionTable[kind][type] as Record<string, ReasonTraits>)[reason] ?? unmet;
}
