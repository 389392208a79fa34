import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import type { Terminal } from './terminal.ts';

/** The standard streams of a process. */
export interface Streams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** The terminal, or the pipes, that the program was started with. */
export function processTerminal({ stdin, stdout, stderr }: Streams): Terminal {
  return {
    // isTTY is undefined for a pipe, whatever its type says.
    outputIsSeen: Boolean(stdout.isTTY),
    canAsk: Boolean(stdin.isTTY) && Boolean(stderr.isTTY),
    out: (written) => void stdout.write(written),
    note: (written) => void stderr.write(written),
    readInput: () => text(stdin),
    confirm: async (question) => {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return /^y(es)?$/i.test((await lines.question(`${question} [y/N] `)).trim());
      } finally {
        lines.close();
      }
    },
  };
}
