import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, Home, interrupt, root, startUp } from './workspace.ts';

interface Listed {
  readonly status?: { readonly id?: string; readonly runtime?: { readonly readyReplicas?: number } };
}

describe('a Provider in processes of its own, as examples/remote has it', () => {
  let home: Home;
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('is served by two processes, of which one may be killed; they end with virtrigaud up', async () => {
    const up = await startUp(home);
    await home.virtrigaud('apply', '-f', join(root, 'examples/remote'));
    await home.virtrigaud('wait', 'vm/remote-1', '--for=condition=Ready', '--timeout', '60s');
    await eventually(
      () => ready(home),
      (replicas) => replicas === 2,
    );
    const table = await home.virtrigaud('get', 'provider', 'remote', '-o', 'wide');
    expect(table).toMatch(/^NAME +TYPE +MODE +READY .* PHASE +REPLICAS +SERVED-AT /);
    expect(table).toMatch(/\nremote +mock +Remote +True .* Ready +2 +127\.0\.0\.1:\d+,127\.0\.0\.1:\d+ /);

    const [first = 0, second = 0] = processes(home);
    process.kill(first, 'SIGKILL');
    await home.virtrigaud('power', 'off', 'remote-1');
    await eventually(
      async () => processes(home),
      (pids) => pids.length === 3 && isAlive(pids[2]),
    );
    await eventually(
      () => ready(home),
      (replicas) => replicas === 2,
    );
    expect(await interrupt(up)).toBe(0);
    expect([second, ...processes(home)].filter(isAlive)).toEqual([]);
  });
});

async function ready(home: Home): Promise<number | undefined> {
  const { status } = JSON.parse(await home.virtrigaud('get', 'provider', 'remote', '-o', 'json')) as Listed;
  return status?.runtime?.readyReplicas;
}

/** The provider processes of this home so far, in the order of their starts, as the manager's log names them. */
function processes(home: Home): readonly number[] {
  const log = readFileSync(join(home.directory, 'virtrigaud/up/logs/manager.log'), 'utf8');
  return [...log.matchAll(/"message":"provider process serves".*"pid":(\d+)/g)].map(([, pid]) => Number(pid));
}

function isAlive(pid = 0): boolean {
  try {
    return pid > 0 && process.kill(pid, 0);
  } catch {
    return false;
  }
}
