import { writeFile } from 'node:fs/promises';
import type { HostedProvider, ServeOptions } from '@virtrigaud/service-kit';
import { startProgram } from './program.ts';

/**
 * The mock provider, served by a process of its own, so that what is measured of the manager is the manager's alone. The manager
 * loads this in place of the package: `--provider mock=<this file>`. Beside the socket lies a file with the process's pid.
 */
const mockInAProcess: HostedProvider = {
  type: 'mock',
  version: 'bench',
  serve: async ({ listen, endpoint, provider, signal }: ServeOptions) => {
    if (listen.kind !== 'unix') throw new Error('the benchmark serves its mock on a unix socket only');
    const program = startProgram({
      packageName: 'provider-mock',
      origin: process.execArgv.includes('--conditions=@virtrigaud/source') ? 'source' : 'built',
      nodeArguments: process.execArgv.filter((argument) => /^--(cpu-prof|import)/.test(argument)),
      argv: [
        ...['--endpoint', endpoint, '--socket', listen.path, '--metrics-port', '0', '--log-level', 'warn'],
        ...['--name', provider.name, '--namespace', provider.namespace],
      ],
    });
    await writeFile(`${listen.path}.pid`, String(program.pid));
    await program.line('serving');
    signal.addEventListener('abort', () => void program.stop(), { once: true });
    return { address: `unix:${listen.path}`, stopped: program.exited, stop: () => program.stop() };
  },
};

export default mockInAProcess;
