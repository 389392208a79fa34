import { join } from 'node:path';
import { readdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError } from '../cli-error.ts';
import { LogReader } from '../logs/log-reader.ts';
import { generationsOf } from '../logs/log-file.ts';
import { isOfProvider, prettyLine, type LogLine } from '../logs/log-line.ts';
import { localUp, type LocalFlags } from '../target/local-up.ts';
import type { System } from '../terminal/terminal.ts';

/** Options of `logs`. */
export interface LogsFlags extends LocalFlags {
  readonly follow?: boolean;
  /** How many of the last lines, or `all`. */
  readonly tail: string;
  readonly output?: 'json';
}

const LOOK_EVERY_MS = 200;

/** Whose lines are wanted: all, those of a program, or those of a Provider. */
interface Wanted {
  readonly sources: readonly string[];
  readonly isWanted: (line: LogLine) => boolean;
}

/** Prints what the programs of an `up` have logged: also of one that has ended. */
export async function logs(of: string | undefined, flags: LogsFlags, system: System): Promise<void> {
  const tail = tailOf(flags.tail);
  const { stateDirectory } = await localUp(flags, system);
  const directory = join(stateDirectory, 'logs');
  const { sources, isWanted } = wantedOf(of, await sourcesIn(directory));
  const print = (lines: readonly LogLine[]) => {
    for (const line of lines) system.terminal.out(`${flags.output === 'json' ? line.text : prettyLine(line)}\n`);
  };
  const former: LogLine[] = [];
  const readers: LogReader[] = [];
  for (const source of sources) {
    const generations = generationsOf(join(directory, `${source}.log`)).map((path) => new LogReader(path, source));
    for (const reader of generations) former.push(...(await reader.next()).filter(isWanted));
    readers.push(...generations.slice(-1));
  }
  print(inOrder(former).slice(tail === 'all' ? 0 : Math.max(0, former.length - tail)));
  if (!flags.follow) return;
  while (!system.signal.aborted) {
    await delay(LOOK_EVERY_MS, undefined, { signal: system.signal }).catch(() => undefined);
    const grown = await Promise.all(readers.map((reader) => reader.next()));
    print(inOrder(grown.flat().filter(isWanted)));
  }
}

/** By time; lines of one time stay as they were. */
const inOrder = (lines: readonly LogLine[]) =>
  lines.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

function tailOf(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (!/^\d{1,9}$/.test(text)) throw new CliError('BadInput', `--tail ${text}: write a number of lines, or all`);
  return Number(text);
}

async function sourcesIn(directory: string): Promise<readonly string[]> {
  try {
    const names = (await readdir(directory)).filter((name) => name.endsWith('.log'));
    if (names.length > 0) return names.map((name) => name.slice(0, -'.log'.length));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  throw new CliError('NoTarget', `there are no logs in ${directory}: name the state directory with --state`);
}

function wantedOf(of: string | undefined, there: readonly string[]): Wanted {
  // What `up` itself says is its greeting, which has been read.
  if (of === undefined) return { sources: there.filter((source) => source !== 'up'), isWanted: () => true };
  const [, provider] = /^prov(?:ider)?\/(.+)$/.exec(of) ?? [];
  if (provider !== undefined) {
    // A provider without a process of its own writes into the manager's log.
    const sources = there.filter((source) => source !== 'up' && source !== 'apiserver');
    return { sources, isWanted: (line) => isOfProvider(line, provider) };
  }
  if (!there.includes(of)) {
    throw new CliError('BadInput', `${of}: there is no such log; write ${there.join(', ')} or provider/NAME`);
  }
  return { sources: [of], isWanted: () => true };
}
