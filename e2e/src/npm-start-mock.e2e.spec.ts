import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { Home, interrupt, root, run } from './workspace.ts';

/** Starts `npm start` on the mock, and resolves once it says how to go on. */
async function startMock(home: Home): Promise<{ child: ChildProcess; said: string }> {
  const child = spawn(process.execPath, [`${root}/tools/start.js`, '-y', '--provider', 'mock', '--name', 'web-1'], {
    env: home.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  home.children.push(child);
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('Ctrl-C stops')) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('exit', (code) => {
      reject(new Error(`npm start ended with ${String(code)}: ${said}`));
    });
  });
  return { child, said };
}

describe('npm start, on the mock', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('brings a machine up; Ctrl-C stops what is ours; the next start finds the machine and makes none', async () => {
    const first = await startMock(home);
    expect(first.said).toContain('no real machine is made');
    const before = JSON.parse(await home.virtrigaud('get', 'vm', 'web-1', '-o', 'json')) as { status: { id: string } };
    expect(await interrupt(first.child)).toBe(0);
    const gone = await run(process.execPath, [`${root}/packages/cli/bin/virtrigaud.js`, 'get', 'vm'], {
      env: home.env,
    });
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('virtrigaud up') });

    const second = await startMock(home);
    expect(second.said).toContain('web-1 is there already: nothing is created');
    const after = JSON.parse(await home.virtrigaud('get', 'vm', 'web-1', '-o', 'json')) as typeof before;
    expect(after.status.id).toBe(before.status.id);
    expect(await interrupt(second.child)).toBe(0);
  });

  it.each([
    [['--provider', 'vmware'], 'choose libvirt or mock'],
    [['--fast'], 'unknown argument --fast'],
  ])('refuses %j, and says what there is', async (args, why) => {
    const { code, stderr } = await run(process.execPath, [`${root}/tools/start.js`, ...args], { env: home.env });
    expect({ code, why: stderr.includes(why) }).toEqual({ code: 1, why: true });
    expect(stderr).toContain('--until-ready');
  });
});
