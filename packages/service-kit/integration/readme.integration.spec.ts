import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = new URL('..', import.meta.url);

describe('README', () => {
  it('shows a program that runs and says what it says', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const sample = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--input-type=module-typescript', '--eval', sample],
      { cwd: root, timeout: 30_000 },
    );
    expect(stdout).toContain('[-] hypervisor: not connected yet');
    expect(stderr).toContain('"password":"[redacted]"');
    expect(stderr).toMatch(/"correlationId":"[0-9a-f]{16}"/);
  });
});
