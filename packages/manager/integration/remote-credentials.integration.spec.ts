import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TaskState } from '@virtrigaud/grpc-contract/client';
import { childDirectory } from '../src/hosting/children/child-directory.ts';
import { Site, uidOf } from './stack/site.ts';
import { until } from './stack/until.ts';

let site: Site | undefined;
afterEach(async () => {
  await site?.stop();
  site = undefined;
});

describe('credentials of a provider process', () => {
  it('P42 that rotate in the middle of a task reach it, and fail no call and no task', async () => {
    const at = (site = await Site.start({ replicas: 2, credentials: { username: 'a', password: 'old' } }));
    await at.ready(2);
    await at.hypervisor.setKnobs({ copyMs: 2_000 });
    const begun = await at.create(uidOf(1));
    expect(begun.ok && begun.value.task?.state).toBe(TaskState.RUNNING);
    const failures: unknown[] = [];
    let stopped = false;
    const calling = (async () => {
      while (!stopped) {
        const reply = await at.describe(uidOf(1));
        if (!reply.ok) failures.push(reply.failure);
      }
    })();
    expect(at.home.credentials.set({ username: 'a', password: 'new', 'ca.crt': 'x' })).toBe(true);
    const told = () => at.log.entries.filter(({ message }) => message === 'the credentials have changed').length;
    await until('both have heard of it', () => told() === 2);
    const files = join(childDirectory(at.runtimeDir, at.home.uid), 'credentials');
    expect((await readdir(files)).filter((name) => !name.startsWith('.')).sort()).toEqual([
      'ca.crt',
      'password',
      'username',
    ]);
    expect(await readFile(join(files, 'password'), 'utf8')).toBe('new');
    expect((await stat(join(files, 'password'))).mode & 0o777).toBe(0o600);
    const state = () => at.connection.tasks.get(begun.ok ? (begun.value.task?.id ?? '') : '')?.task.state;
    await until('the task has ended', () => state() !== undefined && state() !== TaskState.RUNNING);
    stopped = true;
    await calling;
    expect(state()).toBe(TaskState.SUCCEEDED);
    expect(failures).toEqual([]);
    expect(at.log.entries.filter(({ message }) => message === 'inventory stream ended')).toEqual([]);
    expect(JSON.stringify(at.log.entries)).not.toMatch(/"(old|new)"/);
  });
});
