import { open, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { parseLine, type LogLine } from './log-line.ts';

/** A log that is read to its end, again and again, as it grows. */
export class LogReader {
  readonly #path: string;
  readonly #source: string;
  /** The inode of the log that was put aside last: another one means that this log was begun anew. */
  #former: number | undefined;
  #isBegun = false;
  #position = 0;
  #decoder = new StringDecoder('utf8');
  #rest = '';
  #time = '';

  constructor(path: string, source: string) {
    this.#path = path;
    this.#source = source;
  }

  /** The lines that were written since the last call. What was put aside meanwhile is read to its end first. */
  async next(): Promise<readonly LogLine[]> {
    const lines = (this.#rest + (await this.#grown())).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line !== '').map((line) => this.#parse(line));
  }

  #parse(line: string): LogLine {
    const parsed = parseLine(line, this.#source, this.#time);
    this.#time = parsed.time;
    return parsed;
  }

  async #grown(): Promise<string> {
    const former = await inodeOf(`${this.#path}.1`);
    const wasPutAside = this.#isBegun && former !== this.#former;
    this.#former = former;
    this.#isBegun = true;
    const before = wasPutAside ? await this.#endOfFormer() : '';
    const file = await openIfThere(this.#path);
    if (file === undefined) return before;
    try {
      return before + (await this.#read(file));
    } finally {
      await file.close();
    }
  }

  async #endOfFormer(): Promise<string> {
    const file = await openIfThere(`${this.#path}.1`);
    const end = file === undefined ? '' : await this.#read(file);
    await file?.close();
    this.#position = 0;
    this.#decoder = new StringDecoder('utf8');
    return end;
  }

  async #read(file: FileHandle): Promise<string> {
    const { size } = await file.stat();
    // Shorter than what was read: it has just been cut off, and is about to be put aside.
    const chunk = Buffer.alloc(Math.max(0, size - this.#position));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, this.#position);
    this.#position += bytesRead;
    // A character may be written in two halves.
    return this.#decoder.write(chunk.subarray(0, bytesRead));
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  const file = await openIfThere(path);
  try {
    return (await file?.stat())?.ino;
  } finally {
    await file?.close();
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
