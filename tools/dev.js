/**
 * Runs VirtRigaud from its sources for somebody who works on it: on the mock, with a machine, the logs on the terminal, each line with
 * its program. A program starts again when one of its sources changes. usage: npm run dev [-- flags]
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureDependencies, root, workspaceEnvironment } from './bootstrap.js';
import { SetupError, waitFor } from './libvirt/program.js';

const usage = `npm run dev -- [flags]

Runs the API server and the manager from their sources, with a machine on the mock hypervisor, until Ctrl-C.

  --inspect=PROCESS[=PORT]  let a debugger attach to manager, apiserver or provider/NAME; may be given several times
  --provider=TYPE=PATH      a provider of your own; may be given several times
  --state=DIRECTORY         where everything is kept; default: tmp/dev of this workspace
  --no-watch                do not start a program again when one of its sources changes
  --help                    this text
`;
const program = [
  '--conditions=@virtrigaud/source',
  '--disable-warning=ExperimentalWarning',
  join(root, 'packages/cli/src/main.ts'),
];
const READY_WITHIN_MS = 120_000;

/** The flags, read. Throws SetupError for what it does not know. */
function readArguments(argv) {
  const unknown = argv.find((word) => word !== '--no-watch' && !/^--(inspect|provider|state)=./.test(word));
  if (unknown !== undefined) throw new SetupError(`unknown argument ${unknown}\n\n${usage}`);
  const state = argv.find((word) => word.startsWith('--state='))?.slice('--state='.length) ?? join(root, 'tmp/dev');
  const given = argv.filter((word) => /^--(inspect|provider)=/.test(word));
  return { state, up: [...given, ...(argv.includes('--no-watch') ? [] : ['--watch'])] };
}

async function main() {
  const argv = process.argv.slice(2);
  if (argv.includes('--help') || argv.includes('-h')) return console.log(usage);
  const { state, up: given } = readArguments(argv);
  ensureDependencies();
  const start = (...words) =>
    spawn('node', [...program, ...words], {
      env: workspaceEnvironment(),
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
    });
  // A port that stays: an API server that starts again is found by its clients.
  const up = start('up', '--demo', '--state', state, '--listen', `127.0.0.1:${await freePort()}`, ...given);
  const ended = new Promise((resolve) => up.once('exit', (code) => resolve(code ?? 1)));
  let isUp = true;
  void ended.then(() => (isUp = false));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => up.kill('SIGTERM'));
  let said = '';
  up.stdout.on('data', (chunk) => {
    said += chunk;
    process.stdout.write(chunk);
  });
  await waitFor(() => !isUp || said.includes('Next, in another terminal'), { timeoutMs: READY_WITHIN_MS });
  const logs = start('logs', '--follow', '--tail', 'all', '--state', state);
  logs.stdout.pipe(process.stdout);
  process.exitCode = await ended;
  // What was said last is still to be read.
  setTimeout(() => logs.kill('SIGTERM'), 500);
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

main().catch((error) => {
  console.error(error instanceof SetupError ? `\n${error.message}` : error);
  process.exitCode = 1;
});
