import { describe, expect, it } from '@jest/globals';
import { decodeKubeObject } from './decode-kube-object.ts';

const field = (number: number, value: Buffer | string) => {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([(number << 3) | 2, bytes.length]), bytes]);
};
const message = (...fields: Buffer[]) => Buffer.concat(fields);
const wrap = (apiVersion: string, kind: string, raw: Buffer) =>
  message(Buffer.from('k8s\0'), field(1, message(field(1, apiVersion), field(2, kind))), field(2, raw), field(4, ''));
const entry = (key: string, value: string) => message(field(1, key), field(2, value));

describe('decodeKubeObject', () => {
  it('reads maps, lists, flags and nested messages, and skips what it does not know', () => {
    const metadata = message(
      field(1, 'n'),
      field(2, ''),
      field(8, message(Buffer.from([0x08, 0x00]))),
      field(11, entry('a', 'b')),
      field(11, entry('c', 'd')),
      field(13, message(field(1, 'Widget'), field(3, 'w'), Buffer.from([0x30, 0x01]))),
      field(14, 'x/y'),
      field(14, 'x/z'),
    );
    const raw = message(field(1, metadata), field(2, entry('k', 'hello')), Buffer.from([0x28, 0x01]));
    expect(decodeKubeObject(wrap('v1', 'Secret', raw))).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: 'n',
        labels: { a: 'b', c: 'd' },
        ownerReferences: [{ kind: 'Widget', name: 'w', controller: true }],
        finalizers: ['x/y', 'x/z'],
      },
      data: { k: 'aGVsbG8=' },
      immutable: true,
    });
  });

  it.each([
    ['no magic', Buffer.from('{}'), 'BadRequest'],
    ['a length beyond the end', Buffer.from('k8s\0\x0a\x7f'), 'BadRequest'],
    ['a cut varint', Buffer.from([0x6b, 0x38, 0x73, 0, 0x80]), 'BadRequest'],
    ['a wire type that does not exist', Buffer.from([0x6b, 0x38, 0x73, 0, 0x0b]), 'BadRequest'],
    ['another kind', wrap('v1', 'Pod', Buffer.alloc(0)), 'UnsupportedMediaType'],
  ])('refuses %s', (_what, body, reason) => {
    expect(() => decodeKubeObject(body)).toThrow(expect.objectContaining({ reason }));
  });
});
