import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { codeOf } from './durable-file.ts';

/** What was written to the log since it was last read. */
export interface LogReading {
  /** The lines are those of another file, from its beginning: what earlier ones said no longer holds. */
  readonly begins: boolean;
  readonly lines: readonly string[];
  /** Whatever stands behind these lines counts for nothing: the log goes on in the file that {@link RecordLog.succeed} makes. */
  readonly sealed: boolean;
}

const seal = '"sealed"';
const halfMadeAfterMs = 3_600_000;

/**
 * Lines that several processes append to one file and all read in the same order. A line is whole or nobody sees it: one that a
 * killed process left unfinished spoils the next, whose writer does not find it and writes it again. No call waits, and there is no lock that a killed process
 * could hold: each is a few microseconds of the file system's memory, less than a way through a thread would take.
 */
export class RecordLog {
  readonly #directory: string;
  #generation = 0;
  #file = { ino: -1, size: -1 };
  #readBytes = 0;
  #lines = 0;

  /** @param directory - exists. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** How many lines of this file were read. */
  get lines(): number {
    return this.#lines;
  }

  /** What is new. Costs one look at the file's size when nothing is. */
  read(): LogReading {
    let begins = false;
    for (;;) {
      const found = fs.statSync(this.#path(this.#generation), { throwIfNoEntry: false });
      if (!found || found.ino !== this.#file.ino || found.size < this.#readBytes) {
        this.#enter(found && this.#generation > 0 ? this.#generation : this.#newest());
        begins = true;
        continue;
      }
      if (found.size === this.#file.size) return { begins, lines: [], sealed: false };
      const lines = this.#readTo(found.size);
      if (!lines) continue;
      const sealedAt = lines.indexOf(seal);
      const counted = sealedAt < 0 ? lines : lines.slice(0, sealedAt);
      this.#lines += counted.length;
      return { begins, lines: counted, sealed: sealedAt >= 0 };
    }
  }

  /** Appends one line. It may be lost, spoilt or written behind a seal: read, and see whether it is there. */
  append(line: string): void {
    try {
      this.#write(fs.constants.O_WRONLY | fs.constants.O_APPEND, line);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Ends this file, so that the next to read it makes the one that follows. */
  seal(): void {
    this.append(seal);
  }

  /** Makes the file that follows a sealed one, unless another process has: then its lines count, and not these. */
  succeed(lines: readonly string[]): void {
    const temporary = join(this.#directory, `.${String(this.#generation + 1)}.${randomUUID()}`);
    fs.writeFileSync(temporary, lines.map((line) => `${line}\n`).join(''), { mode: 0o600 });
    unlessThere(() => fs.linkSync(temporary, this.#path(this.#generation + 1)));
    fs.unlinkSync(temporary);
    // The sealed one stays for those who have appended to it and not read it yet; its predecessor nobody can be at.
    unlessMissing(() => fs.unlinkSync(this.#path(this.#generation - 1)));
    this.#enter(this.#generation + 1);
  }

  /** Removes what killed processes left behind. */
  sweep(): void {
    for (const name of fs.readdirSync(this.#directory)) {
      const path = join(this.#directory, name);
      const madeMs = name.startsWith('.') ? fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs : undefined;
      if (madeMs !== undefined && Date.now() - madeMs > halfMadeAfterMs) unlessMissing(() => fs.unlinkSync(path));
    }
  }

  #enter(generation: number): void {
    this.#generation = generation;
    const { ino } = fs.statSync(this.#path(generation));
    this.#file = { ino, size: 0 };
    this.#readBytes = 0;
    this.#lines = 0;
  }

  #newest(): number {
    for (;;) {
      const numbers = fs.readdirSync(this.#directory).flatMap((name) => /^records-(\d+)\.log$/.exec(name)?.[1] ?? []);
      if (numbers.length > 0) return Math.max(...numbers.map(Number));
      unlessThere(() => fs.closeSync(fs.openSync(this.#path(1), 'wx', 0o600)));
    }
  }

  /** Whole lines up to that size; undefined when the file has vanished. */
  #readTo(size: number): readonly string[] | undefined {
    const file = unlessMissing(() => fs.openSync(this.#path(this.#generation), 'r'));
    if (file === undefined) return undefined;
    try {
      const bytes = Buffer.allocUnsafe(size - this.#readBytes);
      const read = bytes.subarray(0, fs.readSync(file, bytes, 0, bytes.length, this.#readBytes));
      const whole = read.lastIndexOf('\n') + 1;
      this.#readBytes += whole;
      this.#file.size = size;
      return read
        .toString('utf8', 0, whole)
        .split('\n')
        .filter((line) => line !== '');
    } finally {
      fs.closeSync(file);
    }
  }

  #write(flags: number, line: string): void {
    const file = fs.openSync(this.#path(this.#generation), flags);
    try {
      const bytes = Buffer.from(`${line}\n`);
      const written = fs.writeSync(file, bytes);
      if (written < bytes.length) throw new Error(`the disk of ${this.#directory} is full; make room`);
    } finally {
      fs.closeSync(file);
    }
  }

  #path(generation: number): string {
    return join(this.#directory, `records-${String(generation)}.log`);
  }
}

function unlessThere(act: () => void): void {
  try {
    act();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function unlessMissing<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}
