import { describe, expect, it } from '@jest/globals';
import { runtimeDirectory } from './runtime-directory.ts';

describe('runtimeDirectory', () => {
  it('is in the state directory', () => expect(runtimeDirectory('/state', '/tmp')).toBe('/state/run'));

  it('is elsewhere, the same each time, when a socket would not fit', () => {
    const [long, other] = [`/${'a'.repeat(90)}`, `/${'b'.repeat(90)}`];
    expect(runtimeDirectory(long, '/tmp')).toMatch(/^\/tmp\/virtrigaud-[0-9a-f]{16}$/);
    expect(runtimeDirectory(long, '/tmp')).toBe(runtimeDirectory(long, '/tmp'));
    expect(runtimeDirectory(long, '/tmp')).not.toBe(runtimeDirectory(other, '/tmp'));
  });

  it('counts bytes', () => expect(runtimeDirectory(`/${'ä'.repeat(45)}`, '/tmp')).toMatch(/^\/tmp\//));
});
