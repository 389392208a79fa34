import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere } from './read-if-there.ts';
import { writeFileAtomically } from './write-file-atomically.ts';

/** The bearer token of a state directory; made at its first start. */
export async function loadToken(stateDir: string): Promise<string> {
  const path = join(stateDir, 'token');
  const kept = (await readIfThere(path))?.trim();
  if (kept !== undefined && kept !== '') return kept;
  const token = randomBytes(32).toString('base64url');
  await writeFileAtomically(path, `${token}\n`);
  return token;
}
