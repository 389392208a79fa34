import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { redact } from './redact.ts';

const canary = 'canary-7f3a91';

describe('redact', () => {
  it.each([
    { because: 'the key says password', value: { password: canary } },
    { because: 'the key says so in camel case', value: { nested: { dbPassword: canary } } },
    { because: 'a token is one', value: { refreshToken: canary } },
    { because: 'secret data is one', value: { secret: { a: canary } } },
    { because: 'user-data holds passwords', value: { userData: canary, 'user-data': canary, user_data: canary } },
    { because: 'so does cloud-init', value: { cloudInit: { inline: canary } } },
    { because: 'credentials of a provider come as a record', value: { credentials: { username: canary } } },
    { because: 'headers carry it', value: { headers: { authorization: canary, cookie: canary } } },
    { because: 'it stands in a list', value: [{ apiKey: canary }] },
    { because: 'it stands in a map', value: new Map([['password', canary]]) },
    { because: 'a PEM block is a key', value: `-----BEGIN PRIVATE KEY-----\n${canary}\n-----END PRIVATE KEY-----` },
    { because: 'half a PEM block is half a key', value: `x -----BEGIN EC PRIVATE KEY-----\n${canary}` },
    { because: 'a URL can bear a password', value: `qemu+ssh://root:${canary}@host/system` },
    { because: 'a header was copied into text', value: `Authorization: Bearer ${canary}` },
    { because: 'a JSON web token speaks for itself', value: `eyJhbGciOiJI.${canary}aaaaaaaa.c2ln` },
    { because: 'it is written as an assignment', value: `login failed: password=${canary} host=a` },
    { because: 'it is written as JSON', value: `{"password": "${canary}"}` },
    { because: 'a query has it', value: new URL(`https://h/x?token=${canary}`) },
    { because: 'it is cloud-config', value: `#cloud-config\nusers: [{passwd: ${canary}}]` },
    { because: 'user-data may be a script', value: `#!/bin/sh\necho ${canary}` },
    { because: 'user-data may be MIME', value: `Content-Type: multipart/mixed; boundary=x\n\n${canary}` },
    { because: 'an error quotes it', value: new Error(`https://me:${canary}@h failed`) },
    { because: 'a cause quotes it', value: new Error('outer', { cause: new Error(`password: ${canary}`) }) },
    { because: 'an error carries it as a member', value: Object.assign(new Error('x'), { token: canary }) },
    { because: 'bytes are never shown', value: Buffer.from(canary) },
    { because: 'bytes deep down neither', value: { a: [new TextEncoder().encode(canary)] } },
    { because: 'the key itself is text', value: { [`https://me:${canary}@h`]: 1 } },
  ])('P44 hides a secret: $because', ({ value }) => {
    const text = JSON.stringify(redact(value));
    expect(text).not.toContain(canary);
    expect(text).not.toContain(Buffer.from(canary).toString('base64'));
    expect(text.length).toBeGreaterThan(4);
  });

  it.each([
    { value: { secretRef: 'lab', secretName: 'lab', tokenFile: '/run/x' } },
    { value: { host: 'a', user: 'root', port: 22 } },
    { value: { url: 'https://host:8006/path?x=1' } },
    { value: { hasPassword: true, password: null } },
    { value: { uid: '6d1f1a9e-6f0e-4f6e-8f39-1e4a8a8d1f3c', name: 'default.web' } },
  ])('leaves what a person needs: $value', ({ value }) => {
    expect(redact(value)).toEqual(value);
  });

  it('hides a PEM block and nothing after it', () => {
    expect(redact('a -----BEGIN X-----\nk\n-----END X----- b')).toBe('a [redacted PEM X] b');
  });

  it('stops at cycles but shows the same object twice beside itself', () => {
    const shared = { a: 1 };
    const loop: Record<string, unknown> = { shared, again: shared };
    loop['self'] = loop;
    expect(redact(loop)).toEqual({ shared, again: shared, self: '[circular]' });
  });

  it('tells bytes by their number', () => {
    expect(redact({ seed: Buffer.alloc(12) })).toEqual({ seed: '[12 bytes]' });
  });

  it('shows an error with its code and its causes', () => {
    const cause = Object.assign(new Error('connect ENOENT'), { code: 'ENOENT' });
    expect(redact(new TypeError('cannot reach', { cause }))).toMatchObject({
      name: 'TypeError',
      message: 'cannot reach',
      cause: { name: 'Error', message: 'connect ENOENT', code: 'ENOENT' },
    });
  });

  it('knows the errors of Node itself', () => {
    expect(redact(runInNewContext("Object.assign(new Error('no entry'), { code: 'ENOENT' })"))).toMatchObject({
      message: 'no entry',
      code: 'ENOENT',
    });
  });

  it('bounds depth, entries and length', () => {
    let deep: unknown = 'end';
    for (let i = 0; i < 10_000; i += 1) deep = { deep };
    const wide = Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 'x'.repeat(50)));
    const text = JSON.stringify(redact({ deep, wide, long: 'y'.repeat(1_000_000) }));
    expect(text.length).toBeLessThan(200_000);
    expect(text).toContain('[cut]');
  });

  it('takes anything that JSON cannot', () => {
    const hostile = { big: 10n, nan: NaN, fn: () => 1, date: new Date(0), set: new Set([1]) };
    Object.defineProperty(hostile, 'broken', {
      enumerable: true,
      get: () => {
        throw new Error('no');
      },
    });
    expect(redact(hostile)).toEqual({
      big: '10',
      nan: 'NaN',
      fn: '[function]',
      date: '1970-01-01T00:00:00.000Z',
      set: [1],
      broken: '[unreadable]',
    });
  });

  it('keeps a key that would be the prototype', () => {
    expect(JSON.stringify(redact(JSON.parse('{"__proto__": {"a": 1}}')))).toBe('{"__proto__":{"a":1}}');
  });
});
