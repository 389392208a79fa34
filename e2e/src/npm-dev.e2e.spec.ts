import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawn } from 'node:child_process';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually, Home, interrupt, root, run } from './workspace.ts';

jest.setTimeout(600_000);

describe('npm run dev', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('runs the sources, shows the logs by program, lets a debugger in, and starts a program again when a source changes', async () => {
    const child = spawn(
      process.execPath,
      [join(root, 'tools/dev.js'), `--state=${join(home.directory, 'dev')}`, '--inspect=manager'],
      { env: home.env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    home.children.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const heard = (pattern: RegExp) =>
      eventually(
        async () => said,
        (text) => pattern.test(text),
        180_000,
      );
    await heard(/INFO {2}manager {2}provider serving .* provider=default\/demo-mock/);
    expect(said).toMatch(/INFO {2}apiserver {2}serving/);
    const [, port] = /manager {2}Debugger listening on ws:\/\/127\.0\.0\.1:(\d+)\//.exec(said) ?? [];
    const targets = (await (await fetch(`http://127.0.0.1:${port ?? ''}/json/list`)).json()) as { url: string }[];
    expect(targets[0]?.url).toContain('packages/manager/src/main.ts');
    const now = new Date();
    await utimes(join(root, 'packages/manager/src/config.ts'), now, now);
    await heard(/manager started[\s\S]*Change detected in[\s\S]*manager started/);
    expect(await interrupt(child)).toBe(0);
  });

  it('refuses what it does not know, and says what there is', async () => {
    const { code, stderr } = await run(process.execPath, [join(root, 'tools/dev.js'), '--fast'], { env: home.env });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/unknown argument --fast[\s\S]*--inspect=PROCESS/)]);
  });
});
