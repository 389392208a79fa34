import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CliError } from '../cli-error.ts';
import type { FoundManifest } from './manifest.ts';
import { parseManifests } from './parse-manifests.ts';

/** What a directory is searched for. */
const SUFFIX = /\.(ya?ml|json)$/;

/**
 * Reads the objects of files, of the `*.yaml`, `*.yml` and `*.json` of directories (not of those below), and of standard
 * input, which `-` stands for.
 *
 * @throws {@link CliError} `BadInput`: something is missing, unreadable, bad YAML, or there is no object at all.
 */
export async function readManifests(
  paths: readonly string[],
  readInput: () => Promise<string>,
): Promise<readonly FoundManifest[]> {
  const found: FoundManifest[] = [];
  for (const path of paths) {
    if (path === '-') found.push(...parseManifests(await readInput(), 'standard input'));
    else for (const file of await filesOf(path)) found.push(...parseManifests(await read(file), file));
  }
  if (found.length === 0) throw new CliError('BadInput', `${paths.join(', ')}: no object in there`);
  return found;
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const entries = await readdir(path, { withFileTypes: true });
    const names = entries.filter((entry) => !entry.isDirectory() && SUFFIX.test(entry.name)).map(({ name }) => name);
    return names.sort().map((name) => join(path, name));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function unreadable(path: string, cause: unknown): CliError {
  const { code } = cause as NodeJS.ErrnoException;
  const why = code === 'ENOENT' ? 'no such file or directory' : code === 'EACCES' ? 'not readable' : String(cause);
  return new CliError('BadInput', `${path}: ${why}`, { cause });
}
