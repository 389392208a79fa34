import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { stillRuns } from '../src/target/process-identity.ts';
import type { RunningUp } from '../src/target/running-up.ts';
import { aMachine, type Machine, type Running } from './machine.ts';

// Each step is a process of its own, and the machine may be busy: this only bounds a test that hangs.
jest.setTimeout(240_000);

const READY = 'Next, in another terminal';

const demo = (directory: string) => `
apiVersion: infra.virtrigaud.io/v1beta1
kind: Provider
metadata: {name: mock}
spec: {type: mock, endpoint: "mock://${directory}"}
---
apiVersion: infra.virtrigaud.io/v1beta1
kind: VMImage
metadata: {name: tiny}
spec: {source: {custom: [{type: mock, template: tiny}]}}
---
apiVersion: infra.virtrigaud.io/v1beta1
kind: VirtualMachine
metadata: {name: web-1}
spec:
  providerRef: {name: mock}
  imageRef: {name: tiny}
  resources: {cpu: 1, memory: 512Mi}
`;

describe('a person who types virtrigaud', () => {
  let machine: Machine;
  let up: Running;

  beforeAll(async () => {
    machine = await aMachine();
    up = machine.start(['up']);
    await up.printed(READY);
  });
  afterAll(() => machine.remove());

  const run = async (...args: string[]) => {
    const ran = await machine.run(args);
    expect(ran.err.split('\n').filter((line) => line !== '' && !line.startsWith('# '))).toEqual([]);
    expect(ran.code).toBe(0);
    return ran.out;
  };
  const manifest = () => demo(join(machine.home, 'mock'));

  it('brings a virtual machine up with apply, and sees it Ready', async () => {
    const applied = await machine.run(['apply', '-f', '-'], { input: manifest() });
    expect(applied.out).toBe(
      'provider.infra.virtrigaud.io/mock created\nvmimage.infra.virtrigaud.io/tiny created\nvirtualmachine.infra.virtrigaud.io/web-1 created\n',
    );
    expect(await run('wait', 'vm/web-1', '--for=condition=Ready', '--timeout=100s')).toBe(
      'virtualmachine.infra.virtrigaud.io/web-1 condition met\n',
    );
  });

  it('is told once, on standard error, which server that was', async () => {
    const { out, err } = await machine.run(['get', 'vm', '-o', 'name']);
    expect(out).toBe('virtualmachine.infra.virtrigaud.io/web-1\n');
    expect(err).toMatch(/^# https:\/\/127\.0\.0\.1:\d+ \(virtrigaud up, process \d+\)\n$/);
  });

  it('applies again, and nothing changes; applies a change, and only that changes', async () => {
    const again = await machine.run(['apply', '-f', '-'], { input: manifest() });
    expect(again.out.match(/unchanged/g)).toHaveLength(3);
    const edited = manifest().replace('metadata: {name: web-1}', 'metadata: {name: web-1, labels: {app: web}}');
    const changed = await machine.run(['apply', '-f', '-'], { input: edited });
    expect(changed.out).toMatch(/unchanged\n.*unchanged\n.*web-1 configured\n$/);
    expect(JSON.parse(await run('get', 'vm', '-l', 'app=web', '-o', 'json')).items).toHaveLength(1);
    const undone = await machine.run(['apply', '-f', '-'], { input: manifest() });
    expect(undone.out).toMatch(/web-1 configured\n$/);
    expect(JSON.parse(await run('get', 'vm', 'web-1', '-o', 'json')).metadata.labels ?? {}).toEqual({});
  });

  it('gets tables, wide ones, several, and all namespaces', async () => {
    expect(await run('get', 'vm')).toMatch(
      /^NAME +PHASE +READY +REASON +IP +PROVIDER +AGE\nweb-1 +Running +True +Settled +\d+\.\d+\.\d+\.\d+ +mock +\d+s\n$/,
    );
    expect(await run('get', 'vm/web-1', '-o', 'wide')).toMatch(/POWER +CPU +MEMORY.*\nweb-1 .* On +1 +512Mi /);
    expect(await run('get', 'virtrigaud', '-A')).toMatch(
      /NAMESPACE +NAME .*\ndefault +provider\.infra\.virtrigaud\.io\/mock [\s\S]*virtualmachine\.infra\.virtrigaud\.io\/web-1 /,
    );
    expect(await run('get', 'vm', 'web-1', '-o', 'yaml')).toMatch(/powerState: "On"/);
  });

  it('describes it, with its conditions and events', async () => {
    const text = await run('describe', 'vm/web-1');
    expect(text).toMatch(/^Name: +web-1\nNamespace: +default\n/);
    expect(text).toMatch(/Conditions:\n +TYPE +STATUS +REASON +SINCE +MESSAGE\n +Ready +True +Settled /);
    expect(text).toMatch(/Events:\n +TYPE +REASON +AGE +MESSAGE\n +Normal +Created /);
  });

  it('watches it being powered off and on', async () => {
    const watching = machine.start(['get', 'vm', 'web-1', '-w']);
    await watching.printed('Running');
    expect(await run('power', 'off', 'web-1')).toBe('virtualmachine.infra.virtrigaud.io/web-1 off asked\n');
    await watching.printed('Stopped');
    await run('power', 'on', 'vm/web-1');
    await run('wait', 'vm/web-1', '--for=condition=PowerStateReached', '--timeout=100s');
    expect(JSON.parse(await run('get', 'vm', 'web-1', '-o', 'json')).status.powerState).toBe('On');
    watching.process.kill('SIGINT');
    expect((await watching.ended).code).toBe(0);
  });

  it('reboots it: the token is written, and was acted on', async () => {
    await run('power', 'reboot', 'web-1');
    await run('wait', 'vm/web-1', '--for=condition=Ready', '--timeout=100s');
    const { metadata } = JSON.parse(await run('get', 'vm', 'web-1', '-o', 'json'));
    expect(metadata.annotations['virtrigaud.io/restart']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is refused a bad object by the server, each with its field, and the good ones are applied', async () => {
    const bad = `${manifest().replace('512Mi', '512MB')}---\n${manifest().split('---\n')[0] ?? ''}`.replace(
      'cpu: 1',
      'cpu: 1, cores: 1',
    );
    const { code, out, err } = await machine.run(['apply', '-f', '-'], { input: bad });
    expect(code).toBe(1);
    expect(out.match(/unchanged/g)).toHaveLength(3);
    expect(err).toMatch(/standard input:\d+: VirtualMachine web-1: .*spec\.resources/);
  });

  it('is refused a second up in the same place', async () => {
    const { code, err } = await machine.run(['up']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^virtrigaud: virtrigaud up already runs in .* \(process \d+\): use that one, stop it, or give another directory with --state\n$/,
    );
  });

  it('gets the path of the kubeconfig, which only this user can read', async () => {
    const path = (await run('kubeconfig')).trim();
    expect(await readFile(path, 'utf8')).toMatch(/^apiVersion: v1/);
    expect(path.startsWith(machine.home)).toBe(true);
  });

  it('deletes a namespace in the right order: machines, then Providers, then the namespace', async () => {
    const namespace = '---\napiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n';
    await machine.run(['apply', '-f', '-'], { input: namespace });
    const other = manifest().replace('/mock"', '/team"');
    expect((await machine.run(['apply', '-n', 'team', '-f', '-'], { input: other })).code).toBe(0);
    await run('wait', 'vm/web-1', '-n', 'team', '--for=condition=Ready', '--timeout=100s');
    expect(await run('delete', 'ns', 'team', '--timeout=100s')).toBe(
      'virtualmachine.infra.virtrigaud.io/web-1 deleted\nprovider.infra.virtrigaud.io/mock deleted\nnamespace/team deleted\n',
    );
    expect(await run('get', 'vm', '-o', 'name')).toBe('virtualmachine.infra.virtrigaud.io/web-1\n');
  });

  it('deletes what was applied, and waits until it is gone', async () => {
    const { code, out } = await machine.run(['delete', '-f', '-', '--timeout', '100s'], { input: manifest() });
    expect(out).toBe(
      'virtualmachine.infra.virtrigaud.io/web-1 deleted\nvmimage.infra.virtrigaud.io/tiny deleted\nprovider.infra.virtrigaud.io/mock deleted\n',
    );
    expect(code).toBe(0);
    expect((await machine.run(['get', 'vm'])).err).toMatch(/nothing found in namespace default\n$/);
    expect((await machine.run(['get', 'vm', 'web-1'])).err).toMatch(
      /virtrigaud: virtualmachine\.infra\.virtrigaud\.io\/web-1 is not there\n$/,
    );
  });
});

describe('virtrigaud up', () => {
  let machine: Machine;
  beforeAll(async () => (machine = await aMachine()));
  afterAll(() => machine.remove());

  const state = () => join(machine.home, 'state');
  const note = async () => JSON.parse(await readFile(join(state(), 'up.json'), 'utf8')) as RunningUp;

  it('ends its programs when it is interrupted, leaves no lock, and finds everything again', async () => {
    const first = machine.start(['up', '--state', state()]);
    await first.printed(READY);
    const secret = '{"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kept"}}';
    await machine.run(['apply', '-f', '-'], { input: secret });
    const { children } = await note();
    expect(children).toHaveLength(2);
    first.process.kill('SIGINT');
    expect((await first.ended).code).toBe(0);
    expect(await Promise.all(children.map(stillRuns))).toEqual([false, false]);
    expect(await readdir(state())).not.toContain('up.json');

    const second = machine.start(['up', '--state', state()]);
    await second.printed(READY);
    expect((await machine.run(['get', 'secret', 'kept', '-o', 'name'])).out).toBe('secret/kept\n');
    second.process.kill('SIGTERM');
    expect((await second.ended).code).toBe(0);
  });

  it('clears away what an up that was killed left, and takes its place', async () => {
    const killed = machine.start(['up', '--state', state()]);
    await killed.printed(READY);
    const { children } = await note();
    killed.process.kill('SIGKILL');
    await killed.ended;
    expect(await Promise.all(children.map(stillRuns))).toEqual([true, true]);

    const next = machine.start(['up', '--state', state()]);
    await next.printed(READY);
    expect(await Promise.all(children.map(stillRuns))).toEqual([false, false]);
    next.process.kill('SIGTERM');
    expect((await next.ended).code).toBe(0);
  });

  it.each([
    { title: 'API server', index: 0 },
    { title: 'manager', index: 1 },
  ])('says so when the $title ends by itself, and ends the other', async ({ title, index }) => {
    const up = machine.start(['up', '--state', state()]);
    await up.printed(READY);
    const { children } = await note();
    process.kill(children[index]?.pid ?? 0, 'SIGKILL');
    const { code, err } = await up.ended;
    expect(err).toContain(`virtrigaud: the ${title} ended by itself (signal SIGKILL)`);
    expect(err.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(1);
    expect(await Promise.all(children.map(stillRuns))).toEqual([false, false]);
  });

  it('brings the demo up, and does what the README says', async () => {
    const up = machine.start(['up', '--state', state(), '--demo']);
    await up.printed(READY);
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
    const commands = /```sh\n([^`]*)```/.exec(readme)?.[1]?.trim().split('\n') ?? [];
    expect(commands.length).toBeGreaterThan(3);
    for (const command of commands) {
      const [, ...args] = command.split(' ');
      const { code, err } = await machine.run(args);
      expect([command, code, err]).toEqual([command, 0, expect.stringMatching(/^# .*\n$/)]);
    }
    up.process.kill('SIGTERM');
    expect((await up.ended).code).toBe(0);
  });
});
