import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TaskState } from '@virtrigaud/grpc-contract/client';
import { Site, uidOf, type SiteOptions } from './stack/site.ts';
import { until } from './stack/until.ts';

let site: Site | undefined;
let endLoad: () => void = () => undefined;
afterEach(async () => {
  // Of a test that failed.
  endLoad();
  await site?.stop();
  site = undefined;
});

async function start(options: SiteOptions): Promise<Site> {
  site = await Site.start(options);
  await site.ready(options.replicas ?? 1);
  return site;
}

/** Makes machines one after the other until it is told to stop; answers how many, and what failed. */
function load(at: Site, workers = 4) {
  let stopped = false;
  endLoad = () => (stopped = true);
  let sent = 0;
  const failures: unknown[] = [];
  const work = async () => {
    while (!stopped) {
      sent += 1;
      const [uid, isNew] = sent % 2 === 0 ? [uidOf(sent - 1), false] : [uidOf(sent), true];
      const reply = isNew ? await at.create(uid) : await at.describe(uid);
      // A machine that another worker is still making is not there yet: that is an answer.
      if (!reply.ok && reply.failure.reason !== 'VM_ABSENT') failures.push(reply.failure);
    }
  };
  const working = Promise.all(Array.from({ length: workers }, work));
  return {
    sent: () => sent,
    /** Waits for that many calls more. */
    more: async (calls: number) => {
      const from = sent;
      await until(`${String(calls)} calls more`, () => sent >= from + calls);
    },
    async end() {
      stopped = true;
      await working;
      return { sent, failures };
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe('the replicas of a Provider', () => {
  it('P53 from 1 to 3 the load spreads, from 3 to 1 no call is lost', async () => {
    const at = await start({ replicas: 1 });
    const calls = load(at);
    await calls.more(30);
    at.scale(3);
    await at.ready(3);
    const before = await at.handled('Create');
    await calls.more(120);
    const after = await at.handled('Create');
    const share = [...after].map(([replica, count]) => count - (before.get(replica) ?? 0));
    at.scale(1);
    await at.ready(1);
    await calls.more(60);
    const { failures } = await calls.end();
    expect(failures).toEqual([]);
    expect(share).toHaveLength(3);
    expect(Math.min(...share)).toBeGreaterThan(5);
  });

  it.each([1, 2])('P61 an edit replaces %i under load, one by one: no call fails', async (replicas) => {
    const at = await start({ replicas });
    const calls = load(at);
    await calls.more(40);
    const before = Array.from({ length: replicas }, (_, index) => at.pid(String(index)));
    at.edit({ env: [{ name: 'EDITED', value: 'yes' }] });
    await until('all were replaced', () => !before.some(isAlive));
    await at.ready(replicas);
    await calls.more(40);
    const { failures } = await calls.end();
    expect(failures).toEqual([]);
    const pids = Array.from({ length: replicas }, (_, index) => at.pid(String(index)));
    for (const pid of pids) expect(readFileSync(`/proc/${String(pid)}/environ`, 'utf8')).toContain('EDITED=yes');
  });

  it('P61 an edit that cannot start is said, and what was there serves on until it is mended', async () => {
    const at = await start({ replicas: 1 });
    const calls = load(at);
    const pid = at.pid('0');
    at.edit({ env: [{ name: 'NODE_OPTIONS', value: '--no-such-option' }] });
    const { state } = await until('it is said', () => {
      const { runtime } = at.home;
      return runtime?.state.kind === 'Running' && runtime.state.replacing?.why !== undefined && runtime;
    });
    expect(state).toMatchObject({ replacing: { why: expect.stringContaining('--no-such-option is not allowed') } });
    await calls.more(40);
    expect(at.pid('0')).toBe(pid);
    at.edit({ env: [], logLevel: 'debug' });
    await until('it was replaced', () => !isAlive(pid));
    await at.ready(1);
    const { failures } = await calls.end();
    expect(failures).toEqual([]);
  });

  it('P55 SIGTERM under load: it ends in time with 0, what it had is answered, streams go on elsewhere', async () => {
    const at = await start({ replicas: 2 });
    const calls = load(at);
    await calls.more(40);
    const pid = at.pid('0');
    process.kill(pid, 'SIGTERM');
    const ended = await until('it has ended', () =>
      at.log.entries.find(
        ({ message, fields }) => message === 'provider process is not running' && fields['replica'] === '0',
      ),
    );
    expect(String(ended.fields['why'])).toMatch(/^exit code 0/);
    await calls.more(40);
    await until('it serves again', () => at.pid('0') !== pid);
    await at.ready(2);
    const { failures } = await calls.end();
    expect(failures).toEqual([]);
    expect(at.connection.inventory.health.kind).toBe('Live');
  });

  it('SIGKILL under load: calls go to the other, and another process takes its place', async () => {
    const at = await start({ replicas: 2 });
    const calls = load(at);
    await calls.more(40);
    const pid = at.pid('1');
    process.kill(pid, 'SIGKILL');
    await calls.more(40);
    await until('it serves again', () => at.pid('1') !== pid);
    await at.ready(2);
    const { failures } = await calls.end();
    expect(failures).toEqual([]);
  });

  it('P54 SIGSTOP: a frozen one is found, calls go to the other, and another process takes its place', async () => {
    const at = await start({ replicas: 2 });
    await at.create(uidOf(1));
    const pid = at.pid('0');
    process.kill(pid, 'SIGSTOP');
    await until('it is found', () => at.connection.state.ready === 1);
    const replies = await Promise.all(Array.from({ length: 8 }, (_, index) => at.create(uidOf(index))));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    await until('it is replaced', () => at.pid('0') !== pid, undefined, 60_000);
    await at.ready(2);
  }, 120_000);

  it('P52 a task is not taken for over while the process that leaves may still be at it', async () => {
    const at = await start({ replicas: 1 });
    await at.hypervisor.setKnobs({ copyMs: 60_000 });
    const begun = await at.create(uidOf(7));
    const task = begun.ok ? begun.value.task : undefined;
    expect(task?.state).toBe(TaskState.RUNNING);
    const pid = at.pid('0');
    process.kill(pid, 'SIGSTOP');
    at.edit({ env: [{ name: 'EDITED', value: 'yes' }] });
    await until('the other has taken its place', () => {
      const state = at.home.runtime?.state;
      return at.pid('0') !== pid && state?.kind === 'Running' && state.replacing === undefined;
    });
    const status = () =>
      at.connection.channel.call({
        method: 'taskStatus',
        request: { id: task?.id ?? '' },
        subject: uidOf(7),
        kind: 'read',
        correlationId: 'test',
        signal: new AbortController().signal,
      });
    expect(await status()).toMatchObject({
      failure: { reason: 'TASK_UNCERTAIN', message: expect.stringContaining('replica 0 (leaving)') },
    });
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until('it is known to be over', async () => {
      const reply = await status();
      return !reply.ok && reply.failure.reason === 'TASK_ABSENT';
    });
    expect(isAlive(pid)).toBe(false);
  });

  it('P52 a task goes on being known after a restart, and is not mixed up with its namesake at another', async () => {
    const at = await start({ replicas: 2 });
    await at.hypervisor.setKnobs({ copyMs: 3_000 });
    const uid = uidOf(7);
    const begun = await at.create(uid);
    const task = begun.ok ? begun.value.task : undefined;
    expect(task?.state).toBe(TaskState.RUNNING);
    const owner = [...(await at.handled('Create'))].find(([, count]) => count === 1)?.[0] ?? '';
    const status = () =>
      at.connection.channel.call({
        method: 'taskStatus',
        request: { id: task?.id ?? '' },
        // A subject that leads to the other instance now and then: whoever is asked, the one that knows answers.
        subject: uidOf(Math.floor(Math.random() * 1e6)),
        kind: 'read',
        correlationId: 'test',
        signal: new AbortController().signal,
      });
    const asked = await Promise.all(Array.from({ length: 10 }, status));
    expect(asked.every((reply) => reply.ok && reply.value.task?.state === TaskState.RUNNING)).toBe(true);
    process.kill(at.pid(owner), 'SIGSTOP');
    await until('it is found', () => at.connection.state.ready === 1);
    // It may still be at it: that nobody else knows the task is no answer.
    const frozen = await status();
    expect(frozen.ok ? 'found' : frozen.failure.reason).toBe('TASK_UNCERTAIN');
    process.kill(at.pid(owner), 'SIGKILL');
    await at.ready(2);
    const gone = await status();
    expect(gone.ok ? 'found' : gone.failure.reason).toBe('TASK_ABSENT');
    const again = await at.create(uid);
    expect(again.ok && again.value.id).toBe(uid);
    await until('it is made', async () => {
      const seen = await at.describe(uid);
      return seen.ok && seen.value.vm?.pendingOperationId === '';
    });
    expect(await at.hypervisor.vms()).toHaveLength(1);
  });
});
