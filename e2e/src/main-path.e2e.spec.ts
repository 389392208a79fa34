import { describe, expect, it } from '@jest/globals';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { functionsRun } from './coverage.ts';
import { eventually, Home, interrupt, startUp, textOf } from './workspace.ts';

/** Rows of the table in docs/architecture.md: file and function of each step of the main path. */
async function mainPath(): Promise<readonly { file: string; name: string }[]> {
  const text = await textOf('docs/architecture.md');
  return [...text.matchAll(/^\|[^|]+\| `(packages\/[^`]+)`\s+\| `(\w+)`\s+\|$/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));
}

describe('the main path', () => {
  it('is what docs/architecture.md says: each step is there, and runs when a VM comes up', async () => {
    const steps = await mainPath();
    expect(steps.length).toBeGreaterThanOrEqual(15);
    for (const { file, name } of steps) expect(await textOf(file)).toMatch(new RegExp(`\\b${name}\\b`));

    const home = await Home.make();
    const coverage = join(home.directory, 'coverage');
    await mkdir(coverage);
    home.env['NODE_V8_COVERAGE'] = coverage;
    try {
      const up = await startUp(home, '--demo');
      await home.virtrigaud('wait', 'vm/demo-vm', '--for=condition=Ready', '--timeout=60s');
      expect(await interrupt(up)).toBe(0);
      const ran = await functionsRun(coverage);
      expect(steps.map(({ file, name }) => `${file}#${name}`).filter((step) => !ran.has(step))).toEqual([]);
    } finally {
      await home.remove();
    }
  });

  it('finds what it left when it starts again, and makes nothing twice', async () => {
    const home = await Home.make();
    try {
      const first = await startUp(home, '--demo');
      await home.virtrigaud('wait', 'vm/demo-vm', '--for=condition=Ready', '--timeout=60s');
      const before = JSON.parse(await home.virtrigaud('get', 'vm', 'demo-vm', '-o', 'json')) as {
        status: { id: string };
      };
      expect(await interrupt(first)).toBe(0);
      const second = await startUp(home);
      const after = await eventually(
        async () => JSON.parse(await home.virtrigaud('get', 'vm', 'demo-vm', '-o', 'json')) as typeof before,
        ({ status }) => status.id === before.status.id,
      );
      expect(after.status.id).toBe(before.status.id);
      await home.virtrigaud('delete', 'vm', 'demo-vm');
      expect(await interrupt(second)).toBe(0);
    } finally {
      await home.remove();
    }
  });
});
