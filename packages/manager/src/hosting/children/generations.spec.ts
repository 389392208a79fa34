import { beforeEach, describe, expect, it } from '@jest/globals';
import { workloadSpec } from '../../provider/provider-homes.ts';
import { providerObject } from '../../testing/objects.ts';
import type { WorkloadSpec } from '../workload.ts';
import { Generations, type Succeeded } from './generations.ts';
import type { ReplicaState } from './replica.ts';

class ScriptedReplica implements Succeeded {
  state: ReplicaState = { kind: 'Starting' };
  stopped = false;
  readonly name: string;
  readonly spec: WorkloadSpec;
  readonly address: string;

  constructor(name: string, spec: WorkloadSpec) {
    this.name = name;
    this.spec = spec;
    this.address = `${name}/${spec.logLevel}`;
  }

  runs(): void {
    this.state = { kind: 'Running', address: this.address, over: new AbortController().signal };
  }

  fails(): void {
    this.state = { kind: 'Failed', why: 'no', sinceMs: 1 };
  }

  async stop(): Promise<void> {
    this.stopped = true;
  }
}

const spec = (replicas: number, logLevel: WorkloadSpec['logLevel']): WorkloadSpec => ({
  ...workloadSpec(providerObject({ spec: { runtime: { mode: 'Remote', replicas: 1 } } })),
  replicas,
  logLevel,
});

describe('Generations', () => {
  let started: ScriptedReplica[];
  let generations: Generations<ScriptedReplica>;
  beforeEach(() => {
    started = [];
    generations = new Generations({
      start: (name, wanted) => {
        const replica = new ScriptedReplica(name, wanted);
        started.push(replica);
        return replica;
      },
      changed: () => undefined,
    });
  });

  const serve = (replica: ScriptedReplica | undefined) => {
    replica?.runs();
    generations.serves({ name: replica?.name ?? '', address: replica?.address ?? '' });
  };
  const begin = (replicas: number, logLevel: WorkloadSpec['logLevel']) => {
    generations.want(spec(replicas, logLevel));
    for (const replica of generations.replicas) serve(replica);
  };
  const serving = () => generations.replicas.map(({ address }) => address);
  const alive = () => started.filter(({ stopped }) => !stopped).map(({ address }) => address);

  it('another number comes and goes at once', () => {
    begin(1, 'info');
    generations.want(spec(3, 'info'));
    expect(alive()).toEqual(['0/info', '1/info', '2/info']);
    generations.want(spec(1, 'info'));
    expect(alive()).toEqual(['0/info']);
  });

  it('P61 one after the other is replaced, and none goes before the one in its place can be sent to', () => {
    begin(2, 'info');
    generations.want(spec(2, 'debug'));
    expect(alive()).toEqual(['0/info', '1/info', '0/debug']);
    generations.successor?.runs();
    expect(serving()).toEqual(['0/info', '1/info']);
    serve(generations.successor);
    expect([serving(), alive()]).toEqual([
      ['0/debug', '1/info'],
      ['1/info', '0/debug', '1/debug'],
    ]);
    serve(generations.successor);
    expect([serving(), alive()]).toEqual([
      ['0/debug', '1/debug'],
      ['0/debug', '1/debug'],
    ]);
    expect(generations.successor).toBeUndefined();
  });

  it('P61 where the one in its place does not start, the one before serves on', () => {
    begin(1, 'info');
    generations.want(spec(1, 'debug'));
    generations.successor?.fails();
    generations.serves({ name: '0', address: '0/info' });
    expect([serving(), alive()]).toEqual([['0/info'], ['0/info', '0/debug']]);
  });

  it('an edit in the middle begins anew with those that are not as is wanted now', () => {
    begin(2, 'info');
    generations.want(spec(2, 'debug'));
    serve(generations.successor);
    generations.want(spec(2, 'warn'));
    expect(alive()).toEqual(['1/info', '0/debug', '0/warn']);
    generations.want(spec(2, 'debug'));
    expect(alive()).toEqual(['1/info', '0/debug', '1/debug']);
  });

  it('one that does not serve is replaced at once: there is nothing to wait for', () => {
    begin(2, 'info');
    started[1]?.fails();
    generations.want(spec(2, 'debug'));
    expect([serving(), alive()]).toEqual([
      ['0/info', '1/debug'],
      ['0/info', '1/debug', '0/debug'],
    ]);
  });

  it('the one in the place of one that has ended meanwhile is not started twice', () => {
    begin(1, 'info');
    generations.want(spec(1, 'debug'));
    started[0]?.fails();
    generations.want(spec(2, 'debug'));
    expect(alive()).toEqual(['0/debug', '1/debug']);
  });

  it('a number that is wanted no more takes the one that was to come with it', async () => {
    begin(2, 'info');
    generations.want(spec(2, 'debug'));
    serve(generations.successor);
    expect(generations.successor?.name).toBe('1');
    generations.want(spec(1, 'debug'));
    expect(alive()).toEqual(['0/debug']);
    await generations.stop();
    expect(alive()).toEqual([]);
  });
});
