import { describe, expect, it } from '@jest/globals';
import { readConfig } from '@virtrigaud/service-kit';
import { configSchema, givenPackages, hostAndPort } from './config.ts';

const read = (...argv: string[]) =>
  readConfig(configSchema, { argv, env: {}, prefix: 'VIRTRIGAUD_MANAGER', usage: 'manager' });

describe('the configuration', () => {
  it('has a default for everything but the runtime directory', () => {
    expect(read('--runtime-dir', '/run/vr')).toMatchObject({
      kind: 'config',
      config: {
        listenOperations: '127.0.0.1:8080',
        logLevel: 'info',
        logFormat: 'json',
        leaseNamespace: 'default',
        provider: [],
      },
    });
    expect(read()).toMatchObject({ kind: 'invalid', problems: [expect.stringContaining('--runtime-dir')] });
  });

  it('takes providers in one flag or in several', () => {
    const result = read('--runtime-dir', '/r', '--provider', 'acme=./acme', '--provider', 'other=pkg=x');
    expect(result.kind === 'config' && givenPackages(result.config.provider)).toEqual({
      acme: './acme',
      other: 'pkg=x',
    });
    expect(read('--runtime-dir', '/r', '--provider', 'acme')).toMatchObject({ kind: 'invalid' });
  });

  it('takes addresses apart', () => {
    expect(hostAndPort('127.0.0.1:0')).toEqual({ host: '127.0.0.1', port: 0 });
    expect(hostAndPort(':8080')).toEqual({ host: '0.0.0.0', port: 8080 });
  });
});
