import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServerError } from '../api-server-error.ts';

/**
 * Reads YAML files: those named, and those in the directories named, in the order of their names.
 *
 * @throws {@link ApiServerError} `InvalidOptions` for a path that cannot be read, or a directory without YAML
 */
export async function readCrdTexts(paths: readonly string[]): Promise<readonly string[]> {
  const files = (await Promise.all(paths.map(filesAt))).flat();
  return Promise.all(files.map((path) => attempt(path, () => readFile(path, 'utf8'))));
}

async function filesAt(path: string): Promise<readonly string[]> {
  return attempt(path, async () => {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
    if (names.length === 0) throw new Error('there is no .yaml file in it');
    return names.map((name) => join(path, name));
  });
}

async function attempt<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiServerError('InvalidOptions', `--crds ${path}: ${why}`, { cause: error });
  }
}
