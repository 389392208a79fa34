import { appendFileSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync, closeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { beginLog, generationsOf, LOGS_KEPT, rotateLog } from './log-file.ts';

let directory: string;
let log: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'virtrigaud-log-'));
  log = join(directory, 'manager.log');
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (path: string) => readFileSync(path, 'utf8');

describe('a log', () => {
  it('that grew too large is put aside, and its program goes on writing at the beginning', () => {
    const program = openSync(log, 'a');
    writeSync(program, 'one\n');
    rotateLog(log, 3);
    writeSync(program, 'two\n');
    closeSync(program);
    expect([read(`${log}.1`), read(log)]).toEqual(['one\n', 'two\n']);
  });

  it('that is small stays', () => {
    appendFileSync(log, 'one\n');
    rotateLog(log, 4);
    expect([read(log), existsSync(`${log}.1`)]).toEqual(['one\n', false]);
  });

  it('never takes more than its share: the oldest goes', () => {
    for (let turn = 1; turn <= LOGS_KEPT + 2; turn += 1) {
      appendFileSync(log, `${turn}\n`);
      rotateLog(log, 1);
    }
    expect(generationsOf(log).map((path) => (existsSync(path) ? read(path) : undefined))).toEqual([
      '3\n',
      '4\n',
      '5\n',
      '',
    ]);
    expect(existsSync(`${log}.${LOGS_KEPT + 1}`)).toBe(false);
  });

  it('of the run before is put aside when a run begins, unless it is empty', () => {
    appendFileSync(log, 'before\n');
    beginLog(log);
    beginLog(log);
    expect([existsSync(log), read(`${log}.1`), existsSync(`${log}.2`)]).toEqual([false, 'before\n', false]);
  });

  it('that is missing is no failure', () => {
    expect(() => rotateLog(log, 1)).not.toThrow();
    expect(() => beginLog(log)).not.toThrow();
  });
});
