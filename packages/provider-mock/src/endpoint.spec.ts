import { homedir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { parseEndpoint } from './endpoint.ts';

describe('parseEndpoint', () => {
  it.each([
    { text: 'mock:///tmp/a%20b', directory: '/tmp/a b', knobs: {} },
    { text: 'mock://local?state=/tmp/x', directory: '/tmp/x', knobs: {} },
    { text: 'mock:///tmp/x?latency=50ms&boot=2s', directory: '/tmp/x', knobs: { latencyMs: 50, bootMs: 2000 } },
    {
      text: 'mock:///tmp/x?shutdown=1m&import=0s&copy=9ms',
      directory: '/tmp/x',
      knobs: { shutdownMs: 60_000, importMs: 0, copyMs: 9 },
    },
  ])('reads $text', ({ text, directory, knobs }) => {
    expect(parseEndpoint(text)).toEqual({ ok: true, endpoint: { directory, knobs } });
  });

  it('keeps a named one below the user’s data', () => {
    const result = parseEndpoint('mock://local') as { endpoint: { directory: string } };
    expect(result.endpoint.directory.startsWith(homedir())).toBe(true);
    expect(result.endpoint.directory).toMatch(/virtrigaud\/mock\/local$/);
  });

  it.each([
    { text: 'qemu:///system', problem: /no endpoint of a mock/ },
    { text: 'nonsense', problem: /no endpoint of a mock/ },
    { text: 'mock://', problem: /names no directory/ },
    { text: 'mock:///', problem: /names no directory/ },
    { text: 'mock://local/sub', problem: /names no directory/ },
    { text: 'mock://local?state=relative', problem: /names no directory/ },
    { text: 'mock:///tmp/x?latency=soon', problem: /latency must be a duration/ },
    { text: 'mock:///tmp/x?latency=11m', problem: /latency must be a duration/ },
    { text: 'mock:///tmp/x?speed=1s', problem: /there is no speed/ },
  ])('refuses $text', ({ text, problem }) => {
    expect(parseEndpoint(text)).toEqual({ ok: false, problem: expect.stringMatching(problem) });
  });
});
