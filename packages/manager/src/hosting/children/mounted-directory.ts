import { mkdir, mkdtemp, readdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

const link = '..data';

/**
 * Puts files into a directory as Kubernetes mounts a Secret: whoever reads them sees all of the old ones or all of the new ones,
 * and a watch of the directory tells of the change. For this user alone.
 */
export async function mountFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const next = await mkdtemp(join(directory, '..v-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(next, name), content, { mode: 0o600 });
  const before = await readlink(join(directory, link)).catch(absent);
  await symlink(basename(next), `${next}.link`);
  await rename(`${next}.link`, join(directory, link));
  const shown = (await readdir(directory)).filter((name) => !name.startsWith('..'));
  for (const name of Object.keys(files))
    if (!shown.includes(name)) await symlink(join(link, name), join(directory, name));
  for (const name of shown) if (!(name in files)) await rm(join(directory, name));
  if (before !== undefined) await rm(join(directory, before), { recursive: true, force: true });
}

function absent(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
  throw error;
}
