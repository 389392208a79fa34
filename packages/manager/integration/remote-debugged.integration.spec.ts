import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Stack } from './stack/stack.ts';

describe('a manager that a debugger may attach to', () => {
  let stack: Stack;
  beforeEach(async () => (stack = await Stack.start(['--inspect-port', '127.0.0.1:0', '--inspect'])));
  afterEach(() => stack.stop());

  it('starts its providers as ever, and opens none of them to a debugger', async () => {
    await stack.lab({ runtime: { mode: 'Remote' } });
    expect(stack.manager.log()).toContain('Debugger listening on ws://127.0.0.1:');
    const [serves] = stack.manager.lines('provider process serves');
    const words = (await readFile(`/proc/${String(serves?.['pid'])}/cmdline`, 'utf8')).split('\0');
    expect(words).toContain('--conditions=@virtrigaud/source');
    expect(words.filter((word) => /inspect|127\.0\.0\.1/.test(word))).toEqual([]);
    expect(stack.manager.lines('the provider wrote')).toEqual([]);
  });
});
