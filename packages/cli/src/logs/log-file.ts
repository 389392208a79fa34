import { closeSync, fstatSync, ftruncateSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs';

/** How large a log may grow before it is put aside. */
export const LOG_MAX_BYTES = 8 * 1024 * 1024;
/** How many earlier logs are kept beside it. */
export const LOGS_KEPT = 3;

/** The logs of one program from the oldest to the present one, whether or not they are there. */
export function generationsOf(logFile: string): readonly string[] {
  const earlier = Array.from({ length: LOGS_KEPT }, (_, index) => `${logFile}.${LOGS_KEPT - index}`);
  return [...earlier, logFile];
}

/** Puts the log of the run before aside, so that the next run begins with an empty one. */
export function beginLog(logFile: string): void {
  if (sizeOf(logFile) > 0) shift(logFile);
}

/**
 * Puts a log that has grown too large aside while its program goes on writing to it.
 *
 * The program has the file open and is not asked: what is there is copied, then cut off. The program appends, so that it goes on at
 * the beginning. What it writes in the microseconds between the last read and the cut is lost.
 */
export function rotateLog(logFile: string, maxBytes: number): void {
  if (sizeOf(logFile) <= maxBytes) return;
  const draft = `${logFile}.draft`;
  const from = openSync(logFile, 'r+');
  try {
    const to = openSync(draft, 'w', 0o600);
    try {
      copyAll(from, to);
      ftruncateSync(from, 0);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
  shift(logFile, draft);
}

/** Makes room for `newest` as the first of the earlier logs. */
function shift(logFile: string, newest = logFile): void {
  const [, ...later] = generationsOf(logFile);
  const earlier = generationsOf(logFile).slice(0, -1);
  for (const [index, path] of earlier.entries()) {
    const source = later[index] === logFile ? newest : later[index];
    if (source !== undefined && sizeOf(source) >= 0) renameSync(source, path);
  }
}

/** The size in bytes; -1 when it is not there. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

function copyAll(from: number, to: number): void {
  const chunk = Buffer.alloc(1024 * 1024);
  for (let position = 0; ;) {
    const count = readSync(from, chunk, 0, chunk.length, position);
    if (count === 0 && fstatSync(from).size <= position) return;
    writeSync(to, chunk, 0, count);
    position += count;
  }
}
