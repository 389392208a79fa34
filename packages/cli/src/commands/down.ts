import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { localUp, type LocalFlags } from '../target/local-up.ts';
import { stillRuns } from '../target/process-identity.ts';
import { lockFileOf, type RunningUp } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { endLeftover } from '../up/end-leftover.ts';
import { rm } from 'node:fs/promises';
import { timeoutMsOf } from './timeout.ts';

/** Options of `down`. */
export interface DownFlags extends LocalFlags {
  readonly timeout: string;
}

const LOOK_EVERY_MS = 50;

/** Ends an `up` as Ctrl-C does, and waits until it has; or ends the programs that one that was killed has left. */
export async function down(flags: DownFlags, system: System): Promise<void> {
  const timeoutMs = timeoutMsOf(flags.timeout);
  const { running, left, stateDirectory } = await localUp(flags, system);
  if (running !== undefined) {
    await endUp(running, timeoutMs, system);
    system.terminal.out(`virtrigaud up, process ${running.process.pid}, has ended; virtual machines run on\n`);
    return;
  }
  if (left !== undefined) {
    // The manager goes first: it still has something to say to the API server.
    for (const child of left.children.toReversed()) await endLeftover(child);
    await rm(lockFileOf(stateDirectory), { force: true });
    system.terminal.out(`what a virtrigaud up that was killed had left in ${stateDirectory} has ended\n`);
    return;
  }
  throw new CliError('NoTarget', `no virtrigaud up runs in ${stateDirectory}: nothing was done`);
}

async function endUp(up: RunningUp, timeoutMs: number, { signal }: System): Promise<void> {
  process.kill(up.process.pid, 'SIGTERM');
  const endMs = performance.now() + timeoutMs;
  while (await stillRuns(up.process)) {
    if (signal.aborted) throw new CliError('Unmet', `interrupted: process ${up.process.pid} is still ending`);
    if (performance.now() > endMs) {
      const what = `virtrigaud up, process ${up.process.pid}, was asked to end and still runs after ${timeoutMs / 1000} s`;
      throw new CliError(
        'Unmet',
        `${what}: its logs are in ${up.stateDirectory}/logs; \`kill -9\` ends it for certain`,
      );
    }
    await delay(LOOK_EVERY_MS);
  }
}
