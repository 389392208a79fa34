import { describe, expect, it } from '@jest/globals';
import { readApiServerArguments } from './arguments.ts';

describe('readApiServerArguments', () => {
  it('reads all options', () => {
    expect(
      readApiServerArguments([
        '--state',
        'd',
        '--crds',
        'a',
        '--crds',
        'b',
        '--listen',
        '[::1]:6443',
        '--kubeconfig',
        'k',
      ]),
    ).toEqual({ stateDir: 'd', crdPaths: ['a', 'b'], listen: { host: '::1', port: 6443 }, kubeconfigPath: 'k' });
  });

  it('reads what to restore', () => {
    expect(readApiServerArguments(['--state', 'd', '--restore', 'b'])).toMatchObject({
      stateDir: 'd',
      restoreFile: 'b',
    });
  });

  it('listens on a free port of loopback by default', () => {
    expect(readApiServerArguments(['--state', 'd']).listen).toEqual({ host: '127.0.0.1', port: 0 });
  });

  it.each([
    [[]],
    [['--state']],
    [['--state', 'd', '--nonsense']],
    [['--state', 'd', '--listen', 'everywhere']],
    [['--state', 'd', '--listen', 'a:70000']],
  ])('refuses %j', (argv) => {
    expect(() => readApiServerArguments(argv)).toThrow(expect.objectContaining({ code: 'InvalidOptions' }));
  });
});
