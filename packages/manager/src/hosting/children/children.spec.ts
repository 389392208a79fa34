import { chmod, mkdir, mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { workloadSpec } from '../../provider/provider-homes.ts';
import { providerObject } from '../../testing/objects.ts';
import { canSucceed, differsInReplicasOnly } from '../workload.ts';
import { ChildLog } from './child-log.ts';
import { childEnvironment } from './environment.ts';
import { findProviderProgram, type ProgramSearch } from './find-provider-program.ts';
import { inheritedNodeOptions } from './node-options.ts';
import { mountFiles } from './mounted-directory.ts';
import { stateOfReplicas } from './state-of-replicas.ts';

let directory: string;
beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'vr-children-'))));
afterEach(() => rm(directory, { recursive: true }));

describe('findProviderProgram', () => {
  const node = { command: '/node', args: ['--flag'] };
  const search = (given: Record<string, string> = {}, change: Partial<ProgramSearch> = {}): ProgramSearch => ({
    given,
    from: [directory],
    path: join(directory, 'bin'),
    node,
    runsFromSource: false,
    ...change,
  });
  const put = async (path: string, text = '', mode = 0o644) => {
    const file = join(directory, path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, text);
    await chmod(file, mode);
  };
  const aPackage = async (path: string, json: object) => put(join(path, 'package.json'), JSON.stringify(json));

  beforeEach(async () => {
    await aPackage('node_modules/@virtrigaud/provider-acme', {
      name: '@virtrigaud/provider-acme',
      bin: { acme: 'bin/a.js' },
    });
    await aPackage('node_modules/virtrigaud-provider-other', { name: 'virtrigaud-provider-other', bin: 'b.js' });
    await aPackage('mine', { name: 'mine', bin: './m.js' });
    await aPackage('library', { name: 'library' });
    await put('mine/src/main.ts');
    await put('script.mjs');
    await put('bin/acme-provider', '#!/bin/sh\n', 0o755);
    await put('bin/data', 'no program');
  });

  it.each([
    {
      what: 'our package',
      type: 'acme',
      given: {},
      expected: ['/node', '--flag', 'node_modules/@virtrigaud/provider-acme/bin/a.js'],
    },
    {
      what: 'anybody’s',
      type: 'other',
      given: {},
      expected: ['/node', '--flag', 'node_modules/virtrigaud-provider-other/b.js'],
    },
    {
      what: 'a package by name',
      type: 'x',
      given: { x: 'virtrigaud-provider-other' },
      expected: ['/node', '--flag', 'node_modules/virtrigaud-provider-other/b.js'],
    },
    { what: 'a directory', type: 'x', given: { x: './mine' }, expected: ['/node', '--flag', 'mine/m.js'] },
    {
      what: 'a script',
      type: 'x',
      given: { x: './script.mjs --more' },
      expected: ['/node', '--flag', 'script.mjs', '--more'],
    },
    {
      what: 'a command in PATH',
      type: 'x',
      given: { x: 'acme-provider --more 1' },
      expected: ['bin/acme-provider', '--more', '1'],
    },
    { what: 'a command by its path', type: 'x', given: { x: './bin/acme-provider' }, expected: ['bin/acme-provider'] },
  ])('finds $what', ({ type, given, expected }) => {
    const { command, args } = findProviderProgram(type, search(given));
    expect([command, ...args].map((word) => word.replace(`${directory}/`, ''))).toEqual(expected);
  });

  it('runs a package of the workspace from its sources where the manager runs from its own', () => {
    const { args } = findProviderProgram('x', search({ x: './mine' }, { runsFromSource: true }));
    expect(args.at(-1)).toBe(join(directory, 'mine/src/main.ts'));
  });

  it.each([
    { type: 'none', given: {}, says: /looked for the packages @virtrigaud\/provider-none, virtrigaud-provider-none/ },
    { type: 'x', given: { x: 'data' }, says: /data is no package, no script and no command/ },
    { type: 'x', given: { x: './library' }, says: /package library for x has no program/ },
  ])('says what is missing: $says', ({ type, given, says }) => {
    expect(() => findProviderProgram(type, search(given))).toThrow(says);
  });
});

describe('inheritedNodeOptions', () => {
  const needed = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning'];
  it.each([
    { given: [], because: 'they find their sources as we do' },
    { given: ['--inspect'], because: 'a debugger was asked for here' },
    { given: ['--inspect-brk=127.0.0.1:9229'], because: 'nobody would let them go on' },
    { given: ['--inspect-port', '9229'], because: 'a value may be a word of its own' },
    { given: ['--debug-port=9229'], because: 'that is another name of it' },
    {
      given: ['--cpu-prof', '--cpu-prof-dir', '/p', '--cpu-prof-name', 'a.cpuprofile'],
      because: 'files have one writer',
    },
    { given: ['--heapsnapshot-signal=SIGUSR2', '--report-on-signal'], because: 'signals are for us' },
    { given: ['--watch', '--watch-path', '/src'], because: 'who watches a program is not the program' },
  ])('are without $given: $because', ({ given }) => {
    expect(inheritedNodeOptions([...given, ...needed])).toEqual(needed);
    expect(inheritedNodeOptions([...needed, ...given])).toEqual(needed);
  });

  it('keep the value of what they need', () => {
    const words = ['-C', '@virtrigaud/source', '--import', './hook.js', '--enable-source-maps'];
    expect(inheritedNodeOptions(words)).toEqual(words);
  });
});

describe('mountFiles', () => {
  it('shows all of the old or all of the new ones, and leaves no old one behind', async () => {
    await mountFiles(directory, { a: '1', b: '1' });
    const before = await readlink(join(directory, '..data'));
    await mountFiles(directory, { b: '2', c: '2' });
    expect((await readdir(directory)).sort()).toEqual(['..data', await readlink(join(directory, '..data')), 'b', 'c']);
    expect(await readFile(join(directory, 'b'), 'utf8')).toBe('2');
    expect(await readlink(join(directory, '..data'))).not.toBe(before);
  });
});

describe('childEnvironment', () => {
  const runtime = {
    mode: 'Remote',
    env: [
      { name: 'EXTRA', value: '1' },
      { name: 'PATH', value: '/theirs' },
    ],
    logLevel: 'warn',
  };
  const spec = workloadSpec(
    providerObject({
      spec: { runtime, healthCheck: { interval: '5s', failureThreshold: 2 }, insecureSkipVerify: true },
    }),
  );
  const files = { tls: '/run/tls', credentials: '/run/credentials' };
  const env = childEnvironment(spec, files, {
    PATH: '/ours',
    HOME: '/home',
    SECRET: 'canary',
    VIRTRIGAUD_RUNTIME_PORT: '1',
  });

  it('tells all that the Provider says, and nothing of ours but what any program needs', () => {
    expect(env).toMatchObject({
      HOME: '/home',
      PATH: '/theirs',
      EXTRA: '1',
      VIRTRIGAUD_RUNTIME_TYPE: 'mock',
      VIRTRIGAUD_RUNTIME_NAME: 'lab',
      VIRTRIGAUD_RUNTIME_NAMESPACE: 'shop',
      VIRTRIGAUD_RUNTIME_ENDPOINT: 'mock://local',
      VIRTRIGAUD_RUNTIME_INSECURE_SKIP_VERIFY: 'true',
      VIRTRIGAUD_RUNTIME_HEALTH_INTERVAL_MS: '5000',
      VIRTRIGAUD_RUNTIME_HEALTH_FAILURE_THRESHOLD: '2',
      VIRTRIGAUD_RUNTIME_LOG_LEVEL: 'warn',
      VIRTRIGAUD_RUNTIME_PORT: '0',
      VIRTRIGAUD_RUNTIME_HOST: '127.0.0.1',
      VIRTRIGAUD_RUNTIME_TLS_KEY: '/run/tls/tls.key',
    });
    expect(JSON.stringify(env)).not.toContain('canary');
  });
});

describe('ChildLog', () => {
  it.each([
    {
      what: 'an error of its log',
      lines: [
        '{"level":"info","message":"a"}',
        '{"level":"error","message":"cannot serve","error":{"message":"EADDRINUSE"}}',
      ],
      says: 'cannot serve: EADDRINUSE',
    },
    {
      what: 'a warning with its why',
      lines: ['{"level":"warn","message":"w","why":"because"}', '{"level":"info","message":"a"}'],
      says: 'w: because',
    },
    {
      what: 'plain text',
      lines: ['VIRTRIGAUD_RUNTIME_PORT must be a number'],
      says: 'VIRTRIGAUD_RUNTIME_PORT must be a number',
    },
    {
      what: 'the message of a crash',
      lines: ['Error: boom', '    at main (file.js:1)', '', 'Node.js v24.0.0'],
      says: 'Error: boom',
    },
    { what: 'nothing', lines: ['{"level":"info","message":"a"}'], says: '' },
  ])('remembers $what', ({ lines, says }) => {
    const log = new ChildLog(createMemoryLogger());
    for (const line of lines) log.line(line);
    expect(log.lastWords).toBe(says);
  });

  it('passes on what it logs, at its level, with its fields', () => {
    const logger = createMemoryLogger();
    new ChildLog(logger).line(
      '{"time":"t","level":"debug","logger":"provider-x","message":"m","correlationId":"c","a":1}',
    );
    expect(logger.entries).toEqual([
      { level: 'debug', message: 'm', fields: { a: 1, program: 'provider-x', callId: 'c' } },
    ]);
  });
});

describe('stateOfReplicas', () => {
  const over = new AbortController().signal;
  const running = (name: string) => ({ name, state: { kind: 'Running', address: `a${name}`, over } as const });
  const failed = (name: string) => ({ name, state: { kind: 'Failed', why: 'no', sinceMs: 1 } as const });
  const starting = (name: string) => ({ name, state: { kind: 'Starting' } as const });

  it.each([
    { replicas: [starting('0')], expected: { kind: 'Starting' } },
    { replicas: [starting('0'), failed('1')], expected: { kind: 'Failed', why: 'replica 1: no', sinceMs: 1 } },
    { replicas: [running('0'), failed('1')], expected: { kind: 'Running', trouble: 'replica 1: no' } },
    {
      replicas: [running('0'), starting('1')],
      expected: { kind: 'Running', endpoints: [{ name: '0', address: 'a0', over }] },
    },
  ])('$expected.kind', ({ replicas, expected }) => {
    expect(stateOfReplicas({ replicas, successor: undefined }, undefined)).toMatchObject(expected);
  });

  it.each([
    { successor: undefined, endpoints: ['a0'], replacing: undefined },
    { successor: starting('0'), endpoints: ['a0'], replacing: {} },
    { successor: failed('0'), endpoints: ['a0'], replacing: { why: 'replica 0: no' } },
    {
      successor: { name: '0', state: { kind: 'Running', address: 'b0', over } as const },
      endpoints: ['b0', 'a0'],
      replacing: {},
    },
  ])('at $endpoints while one is replaced', ({ successor, endpoints, replacing }) => {
    const state = stateOfReplicas({ replicas: [running('0')], successor }, undefined);
    if (state.kind !== 'Running') throw new Error('it serves');
    expect(state.endpoints.map(({ address }) => address)).toEqual(endpoints);
    expect(state.replacing).toEqual(replacing);
  });
});

describe('canSucceed', () => {
  const spec = workloadSpec(providerObject({ spec: { runtime: { mode: 'Remote', replicas: 1 } } }));
  it.each([
    [{ replicas: 3, logLevel: 'debug' as const, env: [{ name: 'A', value: '1' }] }, true],
    [{ endpoint: 'mock://other' }, false],
    [{ mode: 'InProcess' as const }, false],
  ])('%j: %p', (change, expected) => expect(canSucceed(spec, { ...spec, ...change })).toBe(expected));
});

describe('differsInReplicasOnly', () => {
  const spec = workloadSpec(providerObject({ spec: { runtime: { mode: 'Remote', replicas: 1 } } }));
  it.each([
    [{ replicas: 3 }, true],
    [{ endpoint: 'mock://other' }, false],
    [{ replicas: 3, logLevel: 'debug' as const }, false],
  ])('%j: %p', (change, expected) => expect(differsInReplicasOnly(spec, { ...spec, ...change })).toBe(expected));
});
