import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const home = fileURLToPath(new URL('..', import.meta.url));
const node = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'];

describe('the example of the README', () => {
  let directory: string;
  let readme: string;
  // Inside the package, so that the example imports it by its name.
  beforeAll(async () => {
    directory = await mkdtemp(join(home, 'tmp-readme-'));
    readme = await readFile(join(home, 'README.md'), 'utf8');
  });
  afterAll(() => rm(directory, { recursive: true }));

  const run = async (edit: (code: string) => string) => {
    const code = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
    const file = join(directory, 'example.ts');
    await writeFile(file, edit(code));
    return (await promisify(execFile)(process.execPath, [...node, file])).stdout.trim();
  };

  it('prints what the README says', async () => {
    expect(readme).toContain(`prints \`${await run((code) => code)}\``);
  });

  it('prints the other thing without disks', async () => {
    expect(readme).toContain(`\`${await run((code) => code.replace(/ *disks: .*\n/, ''))}\``);
  });
});
