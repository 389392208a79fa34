/** Reasons of the events that we record, each with the type that Kubernetes shows. */
export const eventTypes = {
  VirtualMachine: {
    Created: 'Normal',
    Adopted: 'Normal',
    PoweredOn: 'Normal',
    PoweredOff: 'Normal',
    Rebooted: 'Normal',
    Reconfigured: 'Normal',
    RestartRequired: 'Normal',
    DriftCorrected: 'Normal',
    DiskDetached: 'Normal',
    Released: 'Normal',
    Deleted: 'Normal',
    Stalled: 'Warning',
    TaskFailed: 'Warning',
    OutcomeUnknown: 'Warning',
    ShutdownTimedOut: 'Warning',
    Vanished: 'Warning',
    Crashed: 'Warning',
    DriftDetected: 'Warning',
    ConsumerNotAllowed: 'Warning',
    ProviderUnreachable: 'Warning',
    ForceDeleted: 'Warning',
  },
  Provider: {
    RuntimeApplied: 'Normal',
    Connected: 'Normal',
    CredentialsReloaded: 'Normal',
    Released: 'Normal',
    ReleaseRefused: 'Warning',
    Disconnected: 'Warning',
    CredentialsRejected: 'Warning',
    HypervisorChanged: 'Warning',
    InventoryShrunk: 'Warning',
    DeletionBlocked: 'Warning',
    Stalled: 'Warning',
    ForceDeleted: 'Warning',
  },
  VMImage: {
    Preparing: 'Normal',
    Prepared: 'Normal',
    PrepareFailed: 'Warning',
    ChecksumMismatch: 'Warning',
  },
} as const;

/** The reason of an event on an object of kind `K`. */
export type EventReason<K extends keyof typeof eventTypes> = keyof (typeof eventTypes)[K] & string;
