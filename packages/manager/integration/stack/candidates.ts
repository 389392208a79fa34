import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leaseResource, resource, type Lease, type LeaseSpec, type ResourceClient } from '@virtrigaud/kube-runtime';
import { Gate } from './gate.ts';
import { startProgram, type Program } from './program.ts';
import { Stack } from './stack.ts';

/** Long enough for a call to be under way when its leader is stopped, and short enough to wait for. */
export const leaseDurationMs = 6_000;

/** A manager that may lead, and its own way to the provider. */
export interface Candidate {
  readonly program: Program;
  readonly gate: Gate;
}

/** Two managers on one API server, and one provider that both reach by ways of their own: each a process. */
export class Candidates {
  readonly stack: Stack;
  readonly first: Candidate;
  readonly second: Candidate;
  readonly leases: ResourceClient<Lease>;
  readonly #provider: Program;
  readonly #metricsPort: number;

  private constructor(
    stack: Stack,
    parts: { readonly first: Candidate; readonly second: Candidate; readonly provider: Program; metricsPort: number },
  ) {
    this.stack = stack;
    this.first = parts.first;
    this.second = parts.second;
    this.leases = resource(stack.transport, leaseResource);
    this.#provider = parts.provider;
    this.#metricsPort = parts.metricsPort;
  }

  /** Starts all of it; the first leads, with the Provider `default/lab` and the image `default/debian`. */
  static async start(): Promise<Candidates> {
    let started: { readonly provider: Program; readonly first: Candidate } | undefined;
    const stack = await Stack.startWith(async (directory) => {
      const provider = startProvider(directory);
      started = { provider, first: await startCandidate(directory, 'first') };
      return started.first.program;
    });
    if (started === undefined) throw new Error('nothing was started');
    const { provider, first } = started;
    await stack.managerReady();
    await stack.lab();
    const second = await startCandidate(stack.directory, 'second');
    await second.program.line('manager started');
    const { metricsPort } = await provider.line('serving');
    return new Candidates(stack, { first, second, provider, metricsPort: Number(metricsPort) });
  }

  /** Looks at the second manager from here on, once it leads. @returns its term. */
  async secondLeads(): Promise<number> {
    this.stack.manager = this.second.program;
    await this.stack.managerReady();
    return leads(this.second);
  }

  /** Mutations of VMs that the provider has answered so far, by method and the code of the answer. */
  async answered(): Promise<Readonly<Record<string, number>>> {
    const counts: Record<string, number> = {};
    const text = await (await fetch(`http://127.0.0.1:${String(this.#metricsPort)}/metrics`)).text();
    for (const line of text.split('\n')) {
      const [, method = '', code = '', count] =
        /^grpc_server_handled_total\{.*grpc_method="(Create|Power|Reconfigure|Delete)",grpc_code="(\w+)".*\} (\d+)$/.exec(
          line,
        ) ?? [];
      if (count !== undefined) counts[`${method} ${code}`] = Number(count);
    }
    return counts;
  }

  async lease(): Promise<LeaseSpec> {
    const { items } = await this.leases.list({ namespace: 'default' });
    return items[0]?.spec ?? {};
  }

  async stop(): Promise<void> {
    for (const { program } of [this.first, this.second]) {
      program.kill('SIGCONT');
      program.kill();
      await program.exited;
    }
    for (const { gate } of [this.first, this.second]) await gate.close();
    this.#provider.kill();
    await this.#provider.exited;
    await this.stack.stop();
  }
}

/** Waits until a manager leads and has read everything. @returns its term. */
export async function leads({ program }: Candidate): Promise<number> {
  return Number((await program.line('manager ready'))['term']);
}

function startProvider(directory: string): Program {
  return startProgram('provider-mock/src/main.ts', [
    ...['--endpoint', `mock://${join(directory, 'hypervisor')}`, '--name', 'lab'],
    ...['--socket', join(directory, 'lab.sock'), '--metrics-port', '0'],
  ]);
}

async function startCandidate(parent: string, name: string): Promise<Candidate> {
  const directory = join(parent, name);
  await mkdir(directory, { mode: 0o700 });
  const gate = await Gate.open(join(directory, 'gate.sock'), join(parent, 'lab.sock'));
  await writeFile(join(directory, 'lab.address'), gate.address);
  const program = startProgram('manager/src/main.ts', [
    ...['--kubeconfig', join(parent, 'api', 'kubeconfig'), '--runtime-dir', directory],
    ...['--provider', `mock=${fileURLToPath(new URL('./served-elsewhere.ts', import.meta.url))}`],
    ...['--lease-duration-seconds', String(leaseDurationMs / 1_000), '--listen-operations', '127.0.0.1:0'],
  ]);
  return { program, gate };
}
