import type { BackoffOptions } from './libvirt-session.ts';

/** Waits unless the caller says otherwise. */
export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 250, maxMs: 15_000 };

/**
 * Wait before the `attempt`th attempt (from 1), in milliseconds: doubled each time up to the maximum, and taken at
 * random from the upper half, so that many clients of one libvirtd do not come back in step.
 */
export function backoffMs(attempt: number, options: BackoffOptions, random: number): number {
  const full = Math.min(options.maxMs, options.firstMs * 2 ** (attempt - 1));
  return Math.round(full / 2 + (full / 2) * random);
}
