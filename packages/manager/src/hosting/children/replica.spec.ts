import { describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { VirtualClock } from '../../testing/virtual-clock.ts';
import type { ProviderProcess } from './provider-process.ts';
import { Replica } from './replica.ts';

/** A process whose end the test decides. */
class ScriptedProcess {
  readonly pid = 1;
  readonly ended: Promise<string>;
  killed = 0;
  end: (how: string) => void = () => undefined;

  constructor() {
    this.ended = new Promise((resolve) => (this.end = resolve));
  }

  async announced() {
    return { address: '127.0.0.1:1', metricsPort: 2 };
  }

  async stop(): Promise<void> {
    this.end('exit code 0');
  }

  kill(): void {
    this.killed += 1;
    this.end('signal SIGKILL');
  }
}

const settle = async () => {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
};

async function aReplica(fails = false, changed: (replica: Replica | undefined) => void = () => undefined) {
  const clock = new VirtualClock();
  const processes: ScriptedProcess[] = [];
  const starts: number[] = [];
  const replica: Replica = new Replica({
    name: '0',
    clock,
    random: () => 1,
    logger: createMemoryLogger(),
    changed: () => changed(processes.length > 0 ? replica : undefined),
    start: async () => {
      starts.push(clock.monotonicMs());
      if (fails) throw new Error('no such program');
      const process = new ScriptedProcess();
      processes.push(process);
      return process as unknown as ProviderProcess;
    },
  });
  await settle();
  const pass = async (ms: number) => {
    clock.advance(ms);
    await settle();
  };
  return { replica, processes, starts, pass };
}

describe('Replica', () => {
  it('is started again ever later, up to a minute', async () => {
    const { replica, starts, pass } = await aReplica(true);
    for (let second = 0; second < 400; second += 1) await pass(500);
    const waits = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(waits.slice(0, 9)).toEqual(
      [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000].slice(0, waits.length),
    );
    expect(waits.length).toBeGreaterThan(7);
    expect(replica.state).toMatchObject({ kind: 'Failed', why: 'no such program' });
    await replica.stop();
  });

  it('begins anew after it ran for longer than a minute', async () => {
    const { replica, processes, starts, pass } = await aReplica();
    for (const ranMs of [1, 1, 60_001]) {
      expect(replica.state.kind).toBe('Running');
      await pass(ranMs);
      processes.at(-1)?.end('exit code 3: boom');
      await settle();
      expect(replica.state).toMatchObject({ kind: 'Failed', why: 'exit code 3: boom' });
      await pass(1_000);
    }
    // 500 ms, 1 s, and 500 ms again: the last wait was over within the second.
    await settle();
    expect(starts).toHaveLength(4);
    await replica.stop();
  });

  it('says since when it fails, however often it is tried', async () => {
    const { replica, pass } = await aReplica(true);
    const first = replica.state;
    await pass(10_000);
    expect(replica.state).toEqual(first);
    await replica.stop();
  });

  it('P54 replaces the process at the address that does not answer, and no later one', async () => {
    const { replica, processes, pass } = await aReplica();
    replica.replace('127.0.0.1:9');
    expect(processes[0]?.killed).toBe(0);
    replica.replace('127.0.0.1:1');
    await settle();
    expect(processes[0]?.killed).toBe(1);
    await pass(500);
    expect(processes).toHaveLength(2);
    await replica.stop();
  });

  it('P52 tells that its process is over before it says that it runs no more, and not while it drains', async () => {
    const overs: AbortSignal[] = [];
    const told: string[] = [];
    const { replica, processes, pass } = await aReplica(false, (it) => {
      if (it?.state.kind === 'Running') overs.push(it.state.over);
      told.push(`${String(it?.state.kind)} ${overs.map(({ aborted }) => aborted).join()}`);
    });
    processes[0]?.end('exit code 3');
    await settle();
    await pass(1_000);
    expect(told).toEqual(['Running false', 'Failed true', 'Running true,false']);
    let drained: () => void = () => undefined;
    processes[1]!.stop = () => new Promise((resolve) => (drained = resolve));
    const stopped = replica.stop();
    await settle();
    expect(overs[1]?.aborted).toBe(false);
    drained();
    processes[1]?.end('exit code 0');
    await stopped;
    expect(overs[1]?.aborted).toBe(true);
  });

  it('is not started again once it is stopped', async () => {
    const { replica, processes, pass } = await aReplica();
    await replica.stop();
    await pass(100_000);
    expect(processes).toHaveLength(1);
  });
});
