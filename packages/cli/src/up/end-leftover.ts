import { setTimeout as delay } from 'node:timers/promises';
import { stillRuns, type ProcessIdentity } from '../target/process-identity.ts';

/** How long a program may take to end when asked. */
const GRACE_MS = 10_000;
const LOOK_EVERY_MS = 50;

/** Ends a program that was ours and has lost its parent; the identity makes sure that it is that very process. */
export async function endLeftover(leftover: ProcessIdentity): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (!(await stillRuns(leftover))) return;
    process.kill(leftover.pid, signal);
    for (let waitedMs = 0; waitedMs < GRACE_MS && (await stillRuns(leftover)); waitedMs += LOOK_EVERY_MS) {
      await delay(LOOK_EVERY_MS);
    }
  }
}
