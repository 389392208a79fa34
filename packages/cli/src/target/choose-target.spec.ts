import { describe, expect, it } from '@jest/globals';
import { chooseTarget } from './choose-target.ts';
import { dataDirectory, type RunningUp } from './running-up.ts';
import { isLocal } from './session.ts';

const up = (pid: number): RunningUp => ({
  process: { pid, started: '1' },
  children: [],
  stateDirectory: `/state/${pid}`,
  kubeconfig: `/state/${pid}/kubeconfig`,
});
const nothing = { kubeconfig: undefined, context: undefined, env: {}, running: [] };

describe('chooseTarget', () => {
  const all = {
    kubeconfig: '/k',
    context: 'c',
    env: { VIRTRIGAUD_KUBECONFIG: '/v', KUBECONFIG: '/s' },
    running: [up(1)],
  };

  it.each([
    { because: 'it is named', given: all, target: { path: '/k', context: 'c', explicit: true } },
    {
      because: 'a context is named',
      given: { ...all, kubeconfig: undefined },
      target: { path: undefined, context: 'c', explicit: true },
    },
    {
      because: 'the variable names it',
      given: { ...all, kubeconfig: undefined, context: undefined },
      target: { path: '/v', explicit: false },
    },
    {
      because: 'an up runs',
      given: { ...nothing, env: { KUBECONFIG: '/s' }, running: [up(1)] },
      target: { path: '/state/1/kubeconfig', explicit: false },
    },
    {
      because: 'there is nothing else',
      given: { ...nothing, env: { KUBECONFIG: '/s' } },
      target: { path: undefined, how: 'KUBECONFIG', explicit: false },
    },
    {
      because: 'there is nothing at all',
      given: nothing,
      target: { path: undefined, how: '~/.kube/config', explicit: false },
    },
  ])('takes $target.path because $because', ({ given, target }) => {
    expect(chooseTarget(given)).toMatchObject(target);
  });

  it('takes none of several', () => {
    expect(() => chooseTarget({ ...nothing, running: [up(1), up(2)] })).toThrow(
      /--kubeconfig, of \/state\/1\/kubeconfig, \/state\/2/,
    );
  });
});

describe('dataDirectory', () => {
  it.each([
    [{}, '/home/ada/.local/share/virtrigaud'],
    [{ XDG_DATA_HOME: '/data' }, '/data/virtrigaud'],
    [{ XDG_DATA_HOME: 'relative' }, '/home/ada/.local/share/virtrigaud'],
  ])('is, with %p, %s', (env, directory) => expect(dataDirectory(env, '/home/ada')).toBe(directory));
});

describe('isLocal', () => {
  it.each([
    ['https://127.0.0.1:6443', true],
    ['https://localhost', true],
    ['https://[::1]:6443', true],
    ['https://10.0.0.1:6443', false],
    ['https://127.example.com', false],
  ])('says of %s: %p', (server, local) => expect(isLocal(server)).toBe(local));
});
