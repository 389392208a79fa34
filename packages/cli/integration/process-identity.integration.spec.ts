import { describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { identityOf, stillRuns } from '../src/target/process-identity.ts';

describe('the identity of a process', () => {
  it('is of one that runs, and of no other', async () => {
    const own = await identityOf(process.pid);
    expect(own).toMatchObject({ pid: process.pid });
    expect(await stillRuns({ pid: process.pid, started: 'another time' })).toBe(false);
    expect(own && (await stillRuns(own))).toBe(true);
  });

  it('is none while a process ends, however often it is asked', async () => {
    for (let round = 0; round < 20; round += 1) {
      const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
      const ended = once(child, 'exit');
      const asked = async () => {
        while (child.exitCode === null) await identityOf(child.pid ?? 0);
      };
      await Promise.all([ended, asked()]);
      expect(await identityOf(child.pid ?? 0)).toBeUndefined();
    }
  });
});
