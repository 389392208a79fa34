import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { runProgram } from './program.ts';
import { processTerminal } from './terminal/process-terminal.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());
// `get | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runProgram(process.argv.slice(2), {
  version,
  system: {
    terminal: processTerminal(process),
    env: process.env,
    home: homedir(),
    signal: interrupted.signal,
    now: () => new Date(),
    program: [process.execPath, ...process.execArgv, process.argv[1] ?? ''],
  },
});
