import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The longest path of a directory whose sockets, of names of 21 bytes and a slash, can still be bound. */
const MAX_BYTES = 107 - 22;

/**
 * Where the sockets of in-process providers go: into the state directory, or, where its path is too long for a socket's, into one of
 * its own below `temporary`. The manager makes it, and sees to it that it is this user's alone.
 */
export function runtimeDirectory(state: string, temporary: string): string {
  const usual = join(state, 'run');
  if (Buffer.byteLength(usual) <= MAX_BYTES) return usual;
  return join(temporary, `virtrigaud-${createHash('sha256').update(state).digest('hex').slice(0, 16)}`);
}
