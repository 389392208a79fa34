import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { beginLog, rotateLog } from './log-file.ts';
import { isOfProvider, parseLine, prettyLine } from './log-line.ts';
import { LogReader } from './log-reader.ts';

let directory: string;
let log: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'virtrigaud-log-'));
  log = join(directory, 'manager.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('a reader of a log', () => {
  const texts = async (reader: LogReader) => (await reader.next()).map(({ text }) => text);

  it('answers whole lines, once', async () => {
    const reader = new LogReader(log, 'manager');
    expect(await texts(reader)).toEqual([]);
    appendFileSync(log, 'one\ntw');
    expect(await texts(reader)).toEqual(['one']);
    appendFileSync(log, Buffer.from('o é\n').subarray(0, 3));
    expect(await texts(reader)).toEqual([]);
    appendFileSync(log, Buffer.from('o é\n').subarray(3));
    expect(await texts(reader)).toEqual(['two é']);
  });

  it.each([
    { how: 'cut off while it is written to', putAside: () => rotateLog(log, 1) },
    { how: 'begun anew', putAside: () => beginLog(log) },
  ])('misses nothing of a log that is $how', async ({ putAside }) => {
    const reader = new LogReader(log, 'manager');
    appendFileSync(log, 'one\n');
    expect(await texts(reader)).toEqual(['one']);
    appendFileSync(log, 'two\n');
    putAside();
    appendFileSync(log, 'three\nfour\nfive\n');
    expect(await texts(reader)).toEqual(['two', 'three', 'four', 'five']);
  });
});

describe('a line of a log', () => {
  const line = (entry: object) => parseLine(JSON.stringify(entry), 'manager', '');

  it.each([
    [{ provider: 'default/lab' }, 'lab', true],
    [{ provider: 'default/lab' }, 'default/lab', true],
    [{ provider: { namespace: 'default', name: 'lab' } }, 'lab', true],
    [{ provider: 'default/lab' }, 'other/lab', false],
    [{ provider: 'default/my-lab' }, 'lab', false],
    [{ vm: 'default/lab' }, 'lab', false],
  ])('of %j is of Provider %s: %p', (entry, wanted, is) => expect(isOfProvider(line(entry), wanted)).toBe(is));

  it('shows its time, level, program, words and fields', () => {
    const shown = prettyLine(line({ time: '2026-01-01T00:00:00.012Z', level: 'warn', message: 'm', vm: 'a', n: [1] }));
    expect(shown).toMatch(/^\d\d:\d\d:00\.012 WARN {2}manager {2}m {2}vm=a {2}n=\[1\]$/);
  });

  it.each(['plain', '{"half', '{"no": "message"}'])('that is not as ours is shown as it is: %s', (text) => {
    expect(prettyLine(parseLine(text, 'manager', '2026-01-01T00:00:00Z'))).toContain(`manager  ${text}`);
  });

  it('without a time has that of the line before', () => {
    expect(parseLine('Error: crash', 'manager', '2026-01-01T00:00:00Z').time).toBe('2026-01-01T00:00:00Z');
  });
});
