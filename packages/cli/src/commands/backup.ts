import { randomUUID } from 'node:crypto';
import { copyFile, open, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ApiError, createTransport, isNotFound, loadKubeConfig } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { localRunningUp, type LocalFlags } from '../target/local-up.ts';
import type { System } from '../terminal/terminal.ts';

/** Options of `backup`. */
export interface BackupFlags extends LocalFlags {
  readonly output?: 'json';
}

/** How long the API server may take to make one. */
const TIMEOUT_MS = 600_000;

/**
 * Keeps all objects of an `up` that runs in a file, as of one moment, while it works on. What is on the hypervisor is not in it.
 *
 * @throws {@link CliError} `BadInput` when the file is there; `NoTarget` when no `up` runs; `Refused` when it cannot be made.
 */
export async function backup(file: string, flags: BackupFlags, system: System): Promise<void> {
  const target = resolve(file);
  if (await isThere(target)) throw new CliError('BadInput', `${file} is there already: name another file`);
  const up = await localRunningUp(flags, system);
  const made = await ask(up.kubeconfig, system.signal);
  await take(join(up.stateDirectory, 'apiserver', made.file), target);
  const { size } = await stat(target);
  system.terminal.out(
    flags.output === 'json'
      ? `${JSON.stringify({ file: target, bytes: size, revision: made.revision })}\n`
      : `${target}: all objects as of revision ${made.revision}, ${size} bytes. Secrets are in it: keep it as you would them\n`,
  );
}

interface Made {
  /** Its name in the state directory of the API server. */
  readonly file: string;
  readonly revision: number;
}

async function ask(kubeconfig: string, signal: AbortSignal): Promise<Made> {
  const transport = createTransport(await loadKubeConfig({ path: kubeconfig }), { userAgent: 'virtrigaud' });
  try {
    return (await transport.request({
      method: 'POST',
      path: '/backup',
      body: {},
      timeoutMs: TIMEOUT_MS,
      signal,
    })) as Made;
  } catch (error) {
    if (!(error instanceof ApiError) || error.code === 'Cancelled') throw error;
    const next = isNotFound(error) ? 'it is of an earlier version: end it, and start this one' : 'nothing was kept';
    throw new CliError('Refused', `the API server makes no backup: ${error.message}; ${next}`, { cause: error });
  } finally {
    await transport.close();
  }
}

/** Takes what was made to where it is wanted: whole, or not at all. */
async function take(made: string, target: string): Promise<void> {
  const draft = `${target}.${randomUUID()}`;
  try {
    await copyFile(made, draft);
    const written = await open(draft, 'r+');
    await written.chmod(0o600);
    await written.sync();
    await written.close();
    await rename(draft, target);
  } catch (cause) {
    await rm(draft, { force: true });
    throw new CliError('BadInput', `cannot write ${target}: ${(cause as Error).message}`, { cause });
  } finally {
    await rm(made, { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
