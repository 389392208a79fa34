import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { loadKubeConfig } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { beginLog } from '../logs/log-file.ts';
import { lockFileOf, readRunningUp, type RunningUp } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { lastWords } from './child.ts';
import { greeting } from './greeting.ts';
import type { Places, UpFlags } from './up.ts';

const LOOK_EVERY_MS = 50;

/**
 * Starts `up` as a process of its own, and returns when everything runs.
 *
 * @throws {@link CliError} `ChildEnded` when it ended instead: in its last words.
 */
export async function upDetached(flags: UpFlags, places: Places, system: System): Promise<void> {
  const logFile = join(places.state, 'logs', 'up.log');
  beginLog(logFile);
  const log = await open(logFile, 'a', 0o600);
  const [node = '', ...program] = system.program;
  const child = spawn(node, [...program, ...argumentsOf(flags, places)], {
    detached: true,
    env: { ...system.env },
    stdio: ['ignore', log.fd, log.fd],
  });
  let how: string | undefined;
  child.once('exit', (code, signal) => (how = signal ?? `exit code ${code}`));
  child.once('error', (error) => (how = error.message));
  await Promise.race([once(child, 'spawn'), once(child, 'error')]);
  await log.close();
  const up = await awaitReady(places, { child: () => ({ pid: child.pid, how }), signal: system.signal }).catch(
    async (error: unknown) => {
      child.kill('SIGTERM');
      if (system.signal.aborted) throw new CliError('Unmet', 'interrupted: what had been started was ended again');
      throw error;
    },
  );
  if (up === undefined) {
    const words = (await lastWords(logFile)).replace(/^virtrigaud: /, '');
    throw new CliError('ChildEnded', words || `up ended by itself (${how}); its log is ${logFile}`);
  }
  child.unref();
  const { server } = await loadKubeConfig({ path: up.kubeconfig });
  const command = system.env['npm_command'] === 'exec' ? 'npx virtrigaud' : 'virtrigaud';
  const logs = ['apiserver.log', 'manager.log'].map((name) => join(places.state, 'logs', name));
  const end = `It runs on as process ${up.process.pid}: \`${command} status\` looks after it, \`${command} down\` ends it.`;
  system.terminal.out(greeting({ server, ...places, logs, command, end, demo: Boolean(flags.demo) }));
}

interface Awaited {
  readonly child: () => { readonly pid: number | undefined; readonly how: string | undefined };
  readonly signal: AbortSignal;
}

/** The note of the child, once it says that everything runs; undefined when the child has ended. */
async function awaitReady({ state }: Places, { child, signal }: Awaited): Promise<RunningUp | undefined> {
  for (;;) {
    const { pid, how } = child();
    if (how !== undefined) return undefined;
    const up = await readRunningUp(lockFileOf(state));
    if (up?.process.pid === pid && up?.ready !== undefined) return up;
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}

/** The command line of an `up` that is not detached. The port was chosen by now, so that this process can say it. */
function argumentsOf(flags: UpFlags, { state, operations }: Places): readonly string[] {
  return [
    ...['up', '--state', state, '--listen', flags.listen, '--operations', operations],
    ...flags.provider.flatMap((pair) => ['--provider', pair]),
    ...(flags.inspect ?? []).flatMap((one) => ['--inspect', one]),
    ...(flags.watch ? ['--watch'] : []),
    ...(flags.demo ? ['--demo'] : []),
  ];
}
