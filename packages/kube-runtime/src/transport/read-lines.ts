import { ApiError } from '../api/api-error.ts';

const NEWLINE = 0x0a;

/**
 * Cuts a body into lines, without the newline; empty lines are left out, and the last need not end in one.
 *
 * @throws {@link ApiError} `BadAnswer` as soon as a line is longer than `maxBytes`.
 */
export async function* readLines(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string> {
  let parts: Uint8Array[] = [];
  let bytes = 0;
  const keep = (part: Uint8Array): void => {
    bytes += part.length;
    if (bytes > maxBytes) throw new ApiError('BadAnswer', `A line of the stream is longer than ${maxBytes} bytes`);
    parts.push(part);
  };
  const take = (): string => {
    const line = Buffer.concat(parts).toString('utf8').trim();
    parts = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of body) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      keep(chunk.subarray(from, end));
      from = end + 1;
      const line = take();
      if (line !== '') yield line;
    }
    keep(chunk.subarray(from));
  }
  const last = take();
  if (last !== '') yield last;
}
