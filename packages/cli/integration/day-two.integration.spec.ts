import { appendFile, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stillRuns } from '../src/target/process-identity.ts';
import type { RunningUp } from '../src/target/running-up.ts';
import { aMachine, type Machine } from './machine.ts';

// Each step is a process of its own, and the machine may be busy: this only bounds a test that hangs.
jest.setTimeout(240_000);

let machine: Machine;
const data = () => join(machine.home, '.local/share/virtrigaud');
const state = () => join(data(), 'up');
const note = async () => JSON.parse(await readFile(join(state(), 'up.json'), 'utf8')) as RunningUp;

beforeAll(async () => (machine = await aMachine()));
afterAll(() => machine.remove());

describe('a person who lets virtrigaud up run on', () => {
  beforeAll(async () => {
    const { code, out, err } = await machine.run(['up', '--detach', '--demo']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/operations +http:\/\/127\.0\.0\.1:\d+\/metrics/);
    expect(out).toMatch(
      /It runs on as process \d+: `virtrigaud status` looks after it, `virtrigaud down` ends it\.\n$/,
    );
    await machine.run(['wait', 'vm/demo-vm', '--for=condition=Ready', '--timeout=100s']);
  });
  afterAll(() => machine.run(['down']));

  it('sees with status that all is well, for people and for a script', async () => {
    const { code, out } = await machine.run(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/^up +process \d+ +for \d+\w, in /);
    expect(out).toMatch(/\nAPI server +process \d+ +answers on https:/);
    expect(out).toMatch(/\nmanager +process \d+ +leads and works; http:\/\/127\.0\.0\.1:\d+\/metrics\n/);
    expect(out).toMatch(/\nproviders +1 of 1 Ready\nmachines +1 of 1 Ready\n$/);
    const found = JSON.parse((await machine.run(['status', '-o', 'json'])).out) as Record<string, unknown>;
    expect(found).toMatchObject({
      up: { pid: (await note()).process.pid, stateDirectory: state() },
      providers: { total: 1, ready: 1, notReady: [] },
      virtualMachines: { total: 1, ready: 1, notReady: [] },
    });
  });

  it('sees with status which machine is not Ready, and why', async () => {
    const vm = {
      apiVersion: 'infra.virtrigaud.io/v1beta1',
      kind: 'VirtualMachine',
      metadata: { name: 'lost' },
      spec: { providerRef: { name: 'nobody' }, imageRef: { name: 'x' }, resources: { cpu: 1, memory: '64Mi' } },
    };
    await machine.run(['apply', '-f', '-'], { input: JSON.stringify(vm) });
    await machine.run(['wait', 'vm/lost', '--for=condition=Ready=False', '--timeout=100s']);
    const { code, out } = await machine.run(['status']);
    expect(code).toBe(0);
    expect(out).toMatch(/machines +1 of 2 Ready\n\nNot Ready:\n {2}vm default\/lost +ProviderNotFound +\S/);
    await machine.run(['delete', 'vm/lost']);
  });

  it('reads the logs: of all, of a program, of a Provider, as they are', async () => {
    expect((await machine.run(['logs'])).out).toMatch(
      /^[\d:.]{12} INFO {2}apiserver {2}serving {2}url=[\s\S]* manager /,
    );
    expect((await machine.run(['logs', 'apiserver'])).out).not.toContain(' manager ');
    const ofProvider = (await machine.run(['logs', 'provider/demo-mock', '-o', 'json'])).out.trim().split('\n');
    expect(ofProvider.map((line) => (JSON.parse(line) as { provider: string }).provider)).toContain(
      'default/demo-mock',
    );
    expect((await machine.run(['logs', '--tail', '1'])).out.trim().split('\n')).toHaveLength(1);
  });

  it('follows a log, also when it is put aside because it is large', async () => {
    const following = machine.start(['logs', '-f', 'manager']);
    await following.printed('manager started');
    const log = join(state(), 'logs/manager.log');
    await appendFile(log, `${'x'.repeat(1023)}\n`.repeat(9 * 1024));
    await untilSmall(log);
    await appendFile(log, '{"level":"info","message":"after the cut"}\n');
    await following.printed('after the cut');
    expect((await stat(`${log}.1`)).size).toBeGreaterThan(9 * 1024 * 1024);
    following.process.kill('SIGINT');
    expect((await following.ended).code).toBe(0);
  });

  it('is told what went wrong, and what to do, with exit code 1', async () => {
    const failing: readonly (readonly [string[], RegExp])[] = [
      [
        ['logs', 'nonsense'],
        /^virtrigaud: nonsense: there is no such log; write apiserver, manager, up or provider\/NAME$/,
      ],
      [['logs', '--tail', 'few'], /^virtrigaud: --tail few: write a number of lines, or all$/],
      [
        ['logs', '--state', 'elsewhere'],
        /^virtrigaud: there are no logs in .*elsewhere\/logs: name the state directory/,
      ],
      [
        ['status', '--state', 'elsewhere'],
        /^virtrigaud: no virtrigaud up runs in .*elsewhere: start one with `virtrigaud up`$/,
      ],
      [['up', '--detach'], /^virtrigaud: virtrigaud up already runs in .*: use that one, stop it/],
      [['up', '--operations', 'here'], /^virtrigaud: here: write it as host:port/],
      [
        ['up', '--inspect', 'up', '--state', 'x'],
        /^virtrigaud: --inspect up: write manager, apiserver or provider\/NAME/,
      ],
    ];
    for (const [args, line] of failing) {
      const { code, err } = await machine.run(args);
      expect([args, code, err.trim()]).toEqual([args, 1, expect.stringMatching(line)]);
    }
  });

  it('sees with status, and its exit code, that a program hangs', async () => {
    const [, manager] = (await note()).children;
    process.kill(manager?.pid ?? 0, 'SIGSTOP');
    const { code, out, err } = await machine.run(['status']);
    process.kill(manager?.pid ?? 0, 'SIGCONT');
    expect(out).toMatch(/manager +process \d+ +the manager does not answer on /);
    expect(err).toMatch(/^virtrigaud: the manager does not answer on 127\.0\.0\.1:\d+\n$/);
    expect(code).toBe(1);
  });

  it('ends it with down, which waits; the machines of the mock are still there, and so are the logs', async () => {
    const { process: up, children } = await note();
    const { code, out } = await machine.run(['down']);
    expect(code).toBe(0);
    expect(out).toBe(`virtrigaud up, process ${up.pid}, has ended; virtual machines run on\n`);
    expect(await Promise.all([up, ...children].map(stillRuns))).toEqual([false, false, false]);
    expect(await readdir(join(data(), 'running'))).toEqual([]);
    expect(await readdir(state())).toContain('mock');
    expect((await machine.run(['logs', 'manager', '--tail', '1'])).out).toContain('Released the Lease');
    expect((await machine.run(['down'])).err).toMatch(/^virtrigaud: no virtrigaud up runs in .*: nothing was done\n$/);
  });
});

describe('an up that was killed', () => {
  it('is cleared away by down: its programs, its lock, and its note', async () => {
    expect((await machine.run(['up', '--detach'])).code).toBe(0);
    const { process: up, children } = await note();
    process.kill(up.pid, 'SIGKILL');
    while (await stillRuns(up)) await delay(20);
    expect(await Promise.all(children.map(stillRuns))).toEqual([true, true]);
    const { code, out } = await machine.run(['down']);
    expect([code, out]).toEqual([0, `what a virtrigaud up that was killed had left in ${state()} has ended\n`]);
    expect(await Promise.all(children.map(stillRuns))).toEqual([false, false]);
    expect(await readdir(join(data(), 'running'))).toEqual([]);
    expect(await readdir(state())).not.toContain('up.json');
  });
});

async function untilSmall(path: string): Promise<void> {
  const endMs = performance.now() + 60_000;
  while ((await stat(path)).size > 1024 * 1024) {
    if (performance.now() > endMs) throw new Error(`${path} is not put aside`);
    await delay(50);
  }
}
