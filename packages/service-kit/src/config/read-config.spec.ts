import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from './read-config.ts';

const schema = z.object({
  endpoint: z.url().describe('Where the hypervisor is.'),
  logLevel: z.enum(['debug', 'info']).default('info'),
  port: z.number().int().min(1).max(65535).default(9443).describe('Port to serve on.'),
  insecureSkipVerify: z.boolean().default(false),
  allowedTypes: z.array(z.string()).default([]),
});

const read = (argv: string[], env: Record<string, string> = {}) =>
  readConfig(schema, { argv, env, prefix: 'VR_RUNTIME', usage: 'program [flags]\n\nDoes things.' });

const url = 'mock://local';

describe('readConfig', () => {
  it('takes flags before variables before defaults', () => {
    const result = read(['--endpoint', url, '--port=1'], { VR_RUNTIME_PORT: '2', VR_RUNTIME_LOG_LEVEL: 'debug' });
    expect(result).toEqual({
      kind: 'config',
      config: { endpoint: url, logLevel: 'debug', port: 1, insecureSkipVerify: false, allowedTypes: [] },
    });
  });

  it.each([
    { argv: ['--insecure-skip-verify'], env: {}, expected: true },
    { argv: ['--insecure-skip-verify=false'], env: { VR_RUNTIME_INSECURE_SKIP_VERIFY: 'true' }, expected: false },
    { argv: [], env: { VR_RUNTIME_INSECURE_SKIP_VERIFY: '1' }, expected: true },
    { argv: [], env: { VR_RUNTIME_INSECURE_SKIP_VERIFY: '' }, expected: false },
  ])('reads booleans from $argv and $env', ({ argv, env, expected }) => {
    expect(read(['--endpoint', url, ...argv], env as Record<string, string>)).toMatchObject({
      config: { insecureSkipVerify: expected },
    });
  });

  it('reads lists', () => {
    expect(read(['--endpoint', url, '--allowed-types', 'mock, libvirt'])).toMatchObject({
      config: { allowedTypes: ['mock', 'libvirt'] },
    });
  });

  it('freezes all the way down', () => {
    const result = read(['--endpoint', url, '--allowed-types', 'mock']);
    expect(result).toMatchObject({ kind: 'config' });
    const { config } = result as Extract<typeof result, { kind: 'config' }>;
    expect(() => config.allowedTypes.push('x')).toThrow(TypeError);
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    { argv: [], env: {}, says: ['--endpoint is missing', 'VR_RUNTIME_ENDPOINT'] },
    { argv: ['--endpoint', url], env: { VR_RUNTIME_PORT: 'x' }, says: ['VR_RUNTIME_PORT must be a number', '--help'] },
    { argv: ['--endpoint', url, '--port', '70000'], env: {}, says: ['--port is wrong', '65535'] },
    {
      argv: ['--endpoint', url],
      env: { VR_RUNTIME_LOG_LEVEL: 'loud' },
      says: ['VR_RUNTIME_LOG_LEVEL is wrong', 'info'],
    },
    { argv: ['--endpoint'], env: {}, says: ['--endpoint needs a value'] },
    { argv: ['--endpoint', url, '--endpiont', 'x'], env: {}, says: ['--endpiont is no flag'] },
    { argv: ['--endpoint', url, 'stray'], env: {}, says: ['an argument without a flag'] },
  ])('says what is wrong with $argv $env', ({ argv, env, says }) => {
    const result = read(argv, env);
    expect(result.kind).toBe('invalid');
    for (const part of says) expect(JSON.stringify(result)).toContain(part);
  });

  it('P44 never repeats a value in a problem', () => {
    const canary = 'canary-99';
    const given = read(['--endpoint', canary, canary], { VR_RUNTIME_PORT: canary, VR_RUNTIME_LOG_LEVEL: canary });
    const judged = read(['--endpoint', canary], { VR_RUNTIME_LOG_LEVEL: canary });
    expect([given.kind, judged.kind]).toEqual(['invalid', 'invalid']);
    expect(JSON.stringify([given, judged])).not.toContain(canary);
  });

  it('explains itself', () => {
    expect(read(['--help'])).toEqual({ kind: 'help', text: expect.stringMatching(/^program \[flags\]/) });
    const { text } = read(['-h']) as { kind: 'help'; text: string };
    expect(text).toContain('--endpoint <text>\n      Where the hypervisor is. (VR_RUNTIME_ENDPOINT)');
    expect(text).toContain('--port <number>\n      Port to serve on. (default 9443; VR_RUNTIME_PORT)');
    expect(text).toContain('one of debug, info; default info; VR_RUNTIME_LOG_LEVEL');
  });
});
