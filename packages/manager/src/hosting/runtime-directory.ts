import { chmod, lstat, mkdir, rm } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { ManagerError } from '../errors.ts';

/** A socket's path fits into 107 bytes. */
const maxSocketPath = 107;

/**
 * Makes the directory of the sockets, for this user alone.
 *
 * @throws {@link ManagerError} `BadRuntimeDirectory`: it is a link, or somebody else's.
 */
export async function prepareRuntimeDirectory(directory: string, uid: number | undefined): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const stat = await lstat(directory);
  if (!stat.isDirectory() || (uid !== undefined && stat.uid !== uid)) {
    throw new ManagerError(
      'BadRuntimeDirectory',
      `${directory} is not a directory of this user; give another --runtime-dir`,
    );
  }
  await chmod(directory, 0o700);
}

/** The socket of one Provider. @throws {@link ManagerError} `BadRuntimeDirectory`: the directory's path is too long. */
export function socketPath(directory: string, providerUid: string): string {
  const path = join(directory, `${createHash('sha256').update(providerUid).digest('hex').slice(0, 16)}.sock`);
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new ManagerError('BadRuntimeDirectory', `${path} is too long for a socket; give a shorter --runtime-dir`);
  }
  return path;
}

/** Removes what a killed process left of a socket. */
export async function removeSocket(path: string): Promise<void> {
  await rm(path, { force: true });
}
