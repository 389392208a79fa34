import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const root = new URL('..', import.meta.url);

describe('README', () => {
  it('shows a program that runs and says what it says', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const sample = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--conditions=@virtrigaud/source', '--input-type=module-typescript', '--eval', sample],
      { cwd: root, timeout: 30_000 },
    );
    expect(stdout).toContain("[ 'copied-by-hand on 4', 'made-by-hand on 4' ]");
    expect(stdout).toContain('blind: true');
  });

  it('names every knob that there is', async () => {
    const readme = await readFile(new URL('README.md', root), 'utf8');
    const source = await readFile(new URL('src/hypervisor/knobs.ts', root), 'utf8');
    const schema = source.slice(source.indexOf('const knobsSchema'));
    const knobs = [...schema.slice(0, schema.indexOf('});')).matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name);
    expect(knobs.length).toBeGreaterThan(10);
    expect(knobs.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});
