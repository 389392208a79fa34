import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CliError } from '../cli-error.ts';
import { localUp, type LocalFlags } from '../target/local-up.ts';
import { identityOf } from '../target/process-identity.ts';
import { dataDirectory } from '../target/running-up.ts';
import type { System } from '../terminal/terminal.ts';
import { endLeftover } from '../up/end-leftover.ts';
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
    const { objects, aside } = await restoreInto(join(stateDirectory, 'apiserver'), resolve(file), system.now());
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

async function restoreInto(stateDir: string, file: string, now: Date) {
  // The API server, with all that it needs: only for who restores.
  const { ApiServerError, restoreBackup } = await import('@virtrigaud/embedded-apiserver');
  try {
    return await restoreBackup({ file, stateDir, now });
  } catch (error) {
    if (!(error instanceof ApiServerError)) throw error;
    throw new CliError('BadInput', `${error.message}; nothing was changed`, { cause: error });
  }
}
