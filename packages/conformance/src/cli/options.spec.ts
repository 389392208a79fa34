import { describe, expect, it } from '@jest/globals';
import { parseCli } from './options.ts';

const at = (...argv: string[]) => parseCli(['--address', 'host:9443', ...argv]);
const tls = ['--tls-ca', 'a', '--tls-cert', 'b', '--tls-key', 'c'];

describe('the arguments', () => {
  it('take a unix socket without TLS', () => {
    expect(parseCli(['--address', 'unix:/s'])).toMatchObject({
      kind: 'run',
      options: { tls: 'plaintext', json: false },
    });
  });
  it('take TCP with TLS, or plaintext when it is said', () => {
    expect(at(...tls, '--tls-server-name', 'acme')).toMatchObject({
      options: { tls: { caFile: 'a', certFile: 'b', keyFile: 'c', serverName: 'acme' } },
    });
    expect(at('--plaintext')).toMatchObject({ kind: 'run', options: { tls: 'plaintext' } });
  });
  it.each([
    ['TCP without a word on TLS', at(), '--plaintext'],
    ['half of the TLS files', at('--tls-ca', 'a'), 'go together'],
    ['plaintext and TLS', at('--plaintext', ...tls), 'exclude each other'],
    ['no address', parseCli([]), '--address'],
    ['an unknown flag', at('--no-such'), '--no-such'],
  ])('refuse %s', (_name, request, words) => {
    expect(request).toMatchObject({ kind: 'wrong', problem: expect.stringContaining(words) });
  });
  it('repeat --only', () => {
    expect(at('--plaintext', '--only', 'term', '--only', 'claim/as-asked')).toMatchObject({
      options: { only: ['term', 'claim/as-asked'] },
    });
  });
});
