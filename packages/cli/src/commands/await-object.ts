import { ApiError } from '@virtrigaud/kube-runtime';
import { followObject, type ObjectPlace } from '../api/follow-object.ts';
import type { LiveObject } from '../api/live-object.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** What is waited for. */
export interface Awaited {
  /** Whether it is so; `undefined` is an object that is absent. */
  readonly isMet: (object: LiveObject | undefined) => boolean;
  /** How it stands, for the message when time is up and, on a terminal, at each change. */
  readonly describe: (object: LiveObject | undefined) => string;
  readonly timeoutMs: number;
}

/**
 * Waits until an object is as asked, without polling.
 *
 * @throws {@link CliError} `Unmet` when time is up, and says how it stands.
 */
export async function awaitObject(
  place: ObjectPlace,
  awaited: Awaited,
  { session, system }: { readonly session: Session; readonly system: System },
): Promise<void> {
  const timeout = AbortSignal.timeout(awaited.timeoutMs);
  let standing = 'it was never seen';
  try {
    for await (const object of followObject(session.transport, place, AbortSignal.any([timeout, system.signal]))) {
      if (awaited.isMet(object)) return;
      const now = awaited.describe(object);
      if (now !== standing && system.terminal.outputIsSeen) system.terminal.note(`${now}\n`);
      standing = now;
    }
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'Cancelled') || !timeout.aborted) throw error;
    const seconds = Math.max(0.1, Math.round(awaited.timeoutMs / 100) / 10);
    throw new CliError('Unmet', `timed out after ${seconds} s: ${standing}`, { cause: error });
  }
}
