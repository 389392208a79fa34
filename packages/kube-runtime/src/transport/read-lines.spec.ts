import { describe, expect, it } from '@jest/globals';
import { readLines } from './read-lines.ts';

async function* chunks(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

async function linesOf(body: AsyncIterable<Uint8Array>, maxBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(body, maxBytes)) lines.push(line);
  return lines;
}

describe('readLines', () => {
  const snowman = Buffer.from('☃');

  it.each([
    { because: 'a chunk may hold many lines', parts: ['a\nb\nc\n'], lines: ['a', 'b', 'c'] },
    { because: 'a line may come in many chunks', parts: ['a', 'b', 'c\nd', '\n'], lines: ['abc', 'd'] },
    { because: 'the last line need not end', parts: ['a\nb'], lines: ['a', 'b'] },
    { because: 'empty lines say nothing', parts: ['\n\r\na\r\n\n'], lines: ['a'] },
    { because: 'nothing is no line', parts: [], lines: [] },
    { because: 'a character may be cut', parts: [snowman.subarray(0, 1), snowman.subarray(1), '\n'], lines: ['☃'] },
  ])('reads $lines because $because', async ({ parts, lines }) => {
    await expect(linesOf(chunks(...parts))).resolves.toEqual(lines);
  });

  it('refuses a line without end before it is all in memory', async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        sent += 1;
        yield Buffer.alloc(40, 'x');
      }
    }
    await expect(linesOf(endless())).rejects.toMatchObject({ code: 'BadAnswer' });
    expect(sent).toBe(3);
  });

  it('counts each line on its own', async () => {
    await expect(linesOf(chunks('x'.repeat(90), '\n', 'y'.repeat(90)))).resolves.toHaveLength(2);
  });
});
