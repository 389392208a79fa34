/** Numbers of the contract's enums: a provider never sees them, but a test on the wire does. */
export const Wire = {
  power: { on: 1, off: 2, suspended: 3 },
  op: { on: 1, off: 2, reboot: 3, shutdown: 4, suspend: 5, resume: 6 },
  lifecycle: { creating: 1, ready: 2, deleting: 3 },
  task: { running: 1, succeeded: 2, failed: 3, cancelled: 4 },
  firmware: { uefi: 2 },
} as const;

/** gRPC status numbers. */
export const Status = {
  notFound: 5,
  alreadyExists: 6,
  failedPrecondition: 9,
  internal: 13,
  unavailable: 14,
} as const;
