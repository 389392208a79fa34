import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = join(import.meta.dirname, '..');

describe('README', () => {
  it('has an example that runs as it stands', async () => {
    const [, example = ''] = /```ts\n([\s\S]*?)```/.exec(await readFile(join(root, 'README.md'), 'utf8')) ?? [];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--input-type=module-typescript', '-e', example],
      { cwd: root },
    );
    expect(stdout).toMatch(/^https:\/\/127\.0\.0\.1:\d+ true\n$/);
  });
});
