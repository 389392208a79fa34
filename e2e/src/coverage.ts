import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './workspace.ts';

interface V8Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly count: number }[];
    }[];
  }[];
}

/**
 * Functions that ran in any process that left its coverage in a directory (`NODE_V8_COVERAGE`).
 *
 * @returns `<source file from the root of the workspace>#<function>`
 */
export async function functionsRun(directory: string): Promise<ReadonlySet<string>> {
  const ran = new Set<string>();
  for (const name of await readdir(directory)) {
    const { result } = JSON.parse(await readFile(join(directory, name), 'utf8')) as V8Coverage;
    for (const { url, functions } of result) {
      if (!url.startsWith('file:')) continue;
      const file = sourceOf(fileURLToPath(url));
      for (const { functionName, ranges } of functions) {
        if ((ranges[0]?.count ?? 0) > 0) ran.add(`${file}#${functionName.split('.').at(-1) ?? ''}`);
      }
    }
  }
  return ran;
}

/** Built files are named after their sources. */
function sourceOf(path: string): string {
  return path
    .replace(`${root}/`, '')
    .replace(/^(packages\/[^/]+)\/dist\//, '$1/src/')
    .replace(/\.js$/, '.ts');
}
