import { resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { System } from '../terminal/terminal.ts';
import { stillRuns } from './process-identity.ts';
import {
  dataDirectory,
  defaultStateDirectory,
  lockFileOf,
  readRunningUp,
  runningUps,
  type RunningUp,
} from './running-up.ts';

/** Options of the commands that look after an `up` of this machine. */
export interface LocalFlags {
  /** Its state directory. */
  readonly state?: string;
}

/** A state directory, and who works in it. */
export interface LocalUp {
  readonly stateDirectory: string;
  /** The `up` that runs there; undefined when none does. */
  readonly running: RunningUp | undefined;
  /** What an `up` that was killed has left there; undefined when nothing. */
  readonly left: RunningUp | undefined;
}

/**
 * Finds the `up` that a command means: that of `--state`, else the one that runs, else the usual directory.
 *
 * @throws {@link CliError} `NoTarget` when several run and none was named.
 */
export async function localUp({ state }: LocalFlags, { env, home }: System): Promise<LocalUp> {
  const dataHome = dataDirectory(env, home);
  if (state === undefined) {
    const [running, ...others] = await runningUps(dataHome);
    if (running !== undefined && others.length > 0) {
      const directories = [running, ...others].map((one) => one.stateDirectory).join(', ');
      throw new CliError('NoTarget', `several virtrigaud up run: name one with --state, of ${directories}`);
    }
    if (running !== undefined) return { stateDirectory: running.stateDirectory, running, left: undefined };
  }
  const stateDirectory = resolve(state ?? defaultStateDirectory(dataHome));
  const noted = await readRunningUp(lockFileOf(stateDirectory));
  const runs = noted !== undefined && (await stillRuns(noted.process));
  return { stateDirectory, running: runs ? noted : undefined, left: runs ? undefined : noted };
}

/**
 * The `up` that a command means, which has to run.
 *
 * @throws {@link CliError} `NoTarget`
 */
export async function localRunningUp(flags: LocalFlags, system: System): Promise<RunningUp> {
  const { running, stateDirectory } = await localUp(flags, system);
  if (running !== undefined) return running;
  throw new CliError('NoTarget', `no virtrigaud up runs in ${stateDirectory}: start one with \`virtrigaud up\``);
}
