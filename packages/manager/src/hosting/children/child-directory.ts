import { createHash } from 'node:crypto';
import { join } from 'node:path';

/** The private directory of what the child processes of one Provider read. */
export function childDirectory(runtimeDir: string, providerUid: string): string {
  return join(runtimeDir, createHash('sha256').update(providerUid).digest('hex').slice(0, 16));
}
