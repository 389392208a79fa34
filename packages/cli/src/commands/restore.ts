import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { CliError } from '../cli-error.ts';
import { parseLine } from '../logs/log-line.ts';
import { localUp, type LocalFlags } from '../target/local-up.ts';
import { identityOf } from '../target/process-identity.ts';
import { dataDirectory } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { endLeftover } from '../up/end-leftover.ts';
import { findProgram } from '../up/programs.ts';
import { lockState } from '../up/state-lock.ts';

/** Options of `restore`. */
export interface RestoreFlags extends LocalFlags {
  readonly output?: 'json';
}

/**
 * Brings the objects of a backup back into a state directory in which nothing runs. What was there is kept beside it.
 *
 * @throws {@link CliError} `Locked` when an `up` runs there; `BadInput` when the file is no backup, or a damaged one.
 */
export async function restore(file: string, flags: RestoreFlags, system: System): Promise<void> {
  const { stateDirectory, running } = await localUp(flags, system);
  if (running !== undefined) {
    const what = `virtrigaud up runs in ${stateDirectory} (process ${running.process.pid})`;
    throw new CliError('Locked', `${what}: end it with \`virtrigaud down\`, then restore`);
  }
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  const process_ = (await identityOf(process.pid)) ?? { pid: process.pid, started: '' };
  const mine = { process: process_, children: [], stateDirectory, kubeconfig: join(stateDirectory, 'kubeconfig') };
  const lock = await lockState(mine, { dataHome: dataDirectory(system.env, system.home), endLeftover });
  try {
    const { objects, aside } = await restoreInto(join(stateDirectory, 'apiserver'), resolve(file), system);
    system.terminal.out(
      flags.output === 'json'
        ? `${JSON.stringify({ stateDirectory, objects, aside })}\n`
        : `${objects} objects restored into ${stateDirectory}; ${
            aside === undefined ? 'nothing was there before' : `what was there is kept in ${aside}`
          }. Start it with \`virtrigaud up\`\n`,
    );
  } finally {
    await lock.release();
  }
}

interface Restored {
  readonly objects: number;
  readonly aside?: string;
}

/** The API server knows its state; it is told to restore, and ends. */
async function restoreInto(stateDir: string, file: string, { env }: System): Promise<Restored> {
  const program = findProgram('apiserver', import.meta.url);
  const child = spawn(process.execPath, [...program, '--state', stateDir, '--restore', file], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  if (code === 0) return JSON.parse(out) as Restored;
  throw new CliError('BadInput', `${wordsOf(err)}; nothing was changed`);
}

/** The error in the last line of a JSON log; other lines as they are. */
function wordsOf(log: string): string {
  const line = log.trim().split('\n').at(-1) ?? '';
  const { entry } = parseLine(line, 'apiserver', '');
  return typeof entry?.['error'] === 'string' ? entry['error'] : line;
}
