import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identityOf, stillRuns } from '../target/process-identity.ts';
import { runningUps, type RunningUp } from '../target/running-up.ts';
import { lockState } from './state-lock.ts';

describe('lockState', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'virtrigaud-lock-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const mine = async (): Promise<RunningUp> => ({
    process: (await identityOf(process.pid))!,
    children: [],
    stateDirectory: directory,
    kubeconfig: join(directory, 'kubeconfig'),
  });
  const options = (ended: number[] = []) => ({
    dataHome: join(directory, 'data'),
    endLeftover: async ({ pid }: { readonly pid: number }) => void ended.push(pid),
  });
  const leave = (text: string) => writeFile(join(directory, 'up.json'), text);

  it('keeps others out as long as it is held', async () => {
    const lock = await lockState(await mine(), options());
    await expect(lockState(await mine(), options())).rejects.toThrow(/already runs in .* \(process \d+\)/);
    await lock.release();
    await (await lockState(await mine(), options())).release();
    expect(await readdir(directory)).toEqual([]);
  });

  it('is taken by one of many', async () => {
    const note = await mine();
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockState(note, options())));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it.each([
    ['a process that has ended', { pid: 2 ** 22 + 1, started: '1' }],
    ['an earlier process of the same number', { pid: process.pid, started: 'long ago' }],
  ])('is taken over from %s, and what that left running is ended', async (_what, gone) => {
    const child = (await identityOf(process.pid))!;
    await leave(JSON.stringify({ ...(await mine()), process: gone, children: [child, gone] }));
    const ended: number[] = [];
    await (await lockState(await mine(), options(ended))).release();
    expect(ended).toEqual([child.pid]);
  });

  it.each(['', '{"pid', '{}', 'null'])('is taken over from a note that cannot be read: %p', async (text) => {
    await leave(text);
    const lock = await lockState(await mine(), options());
    expect(JSON.parse(await readFile(join(directory, 'up.json'), 'utf8'))).toEqual(await mine());
    await lock.release();
  });

  it('shows where others look, while it is held', async () => {
    const { dataHome } = options();
    const lock = await lockState(await mine(), options());
    expect(await runningUps(dataHome)).toEqual([]);
    await lock.update(await mine());
    expect(await runningUps(dataHome)).toEqual([await mine()]);
    await writeFile(
      join(dataHome, 'running', '1.json'),
      JSON.stringify({ ...(await mine()), process: { pid: 2 ** 22 + 1, started: '' } }),
    );
    expect(await runningUps(dataHome)).toEqual([await mine()]);
    await lock.release();
    expect(await runningUps(dataHome)).toEqual([]);
  });
});

describe('the identity of a process', () => {
  it('is of this one, and tells it from another of its number', async () => {
    const own = (await identityOf(process.pid))!;
    expect(await stillRuns(own)).toBe(true);
    expect(await stillRuns({ ...own, started: 'long ago' })).toBe(false);
    expect(await identityOf(2 ** 22 + 1)).toBeUndefined();
  });
});
