import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Stack } from './stack/stack.ts';
import { until } from './stack/until.ts';

describe('Remote on one machine', () => {
  let stack: Stack;
  beforeEach(async () => (stack = await Stack.start()));
  afterEach(() => stack.stop());

  it('P16 serves by processes of its own, over mutual TLS; with the Provider they are gone', async () => {
    await stack.lab({ runtime: { mode: 'Remote', replicas: 2 } });
    await stack.createVm('default/web-1');
    await stack.ready('default/web-1');
    await until('both answer', async () => (await runtime(stack)).readyReplicas === 2);
    expect(await runtime(stack)).toMatchObject({ mode: 'Remote', phase: 'Ready' });
    await stack.condition('Provider', 'default/lab', 'TLSReady', 'MutualTLS');
    const pids = await childrenOf(stack.manager.pid);
    expect(pids).toHaveLength(2);
    await stack.delete('VirtualMachine', 'default/web-1');
    await stack.gone('VirtualMachine', 'default/web-1');
    await stack.delete('Provider', 'default/lab');
    await stack.gone('Provider', 'default/lab');
    expect(await childrenOf(stack.manager.pid)).toEqual([]);
    expect(pids.filter(isAlive)).toEqual([]);
  });
});

async function runtime(stack: Stack) {
  const lab = await stack.get('Provider', 'default/lab');
  return (lab?.status?.runtime ?? {}) as { readonly readyReplicas?: number; readonly phase?: string };
}

/** The children of a process that are provider programs. */
async function childrenOf(pid: number): Promise<readonly number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const stats = await Promise.all(
    all.map(async (each) => [each, await readFile(`/proc/${String(each)}/stat`, 'utf8').catch(() => '')] as const),
  );
  return stats.flatMap(([each, stat]) =>
    Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid ? each : [],
  );
}

function isAlive(pid: number): boolean {
  try {
    return !/^\S+ \(.*\) Z/.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
