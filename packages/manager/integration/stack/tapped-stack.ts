import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApiTap } from './api-tap.ts';
import { startProgram, type Program } from './program.ts';
import { RpcTap } from './rpc-tap.ts';
import { Stack } from './stack.ts';

/** A stack whose provider is a process of its own, and where whatever the manager sends, either way, is seen. */
export class TappedStack {
  readonly stack: Stack;
  readonly api: ApiTap;
  readonly rpc: RpcTap;
  readonly #provider: Program;

  private constructor(stack: Stack, parts: { readonly api: ApiTap; readonly rpc: RpcTap; readonly provider: Program }) {
    this.stack = stack;
    this.api = parts.api;
    this.rpc = parts.rpc;
    this.#provider = parts.provider;
  }

  /** Starts all of it. `prepare` is called before the manager starts. */
  static async start(prepare: (api: ApiTap) => void = () => undefined): Promise<TappedStack> {
    let parts: { readonly api: ApiTap; readonly rpc: RpcTap; readonly provider: Program } | undefined;
    const stack = await Stack.startWith(async (directory) => {
      const socket = join(directory, 'lab.sock');
      const provider = startProgram('provider-mock/src/main.ts', [
        ...['--endpoint', `mock://${join(directory, 'hypervisor')}`, '--name', 'lab'],
        ...['--socket', socket, '--metrics-port', '0'],
      ]);
      const runtimeDir = join(directory, 'run');
      await mkdir(runtimeDir, { mode: 0o700 });
      const rpc = await RpcTap.open(join(directory, 'tap.sock'), socket);
      await writeFile(join(runtimeDir, 'lab.address'), rpc.address);
      const api = await ApiTap.open(join(directory, 'api', 'kubeconfig'));
      await api.writeKubeconfig(join(directory, 'tap.kubeconfig'));
      prepare(api);
      parts = { api, rpc, provider };
      await provider.line('serving');
      return startProgram('manager/src/main.ts', [
        ...['--kubeconfig', join(directory, 'tap.kubeconfig'), '--runtime-dir', runtimeDir],
        ...['--provider', `mock=${fileURLToPath(new URL('./served-elsewhere.ts', import.meta.url))}`],
        ...['--listen-operations', '127.0.0.1:0', '--log-level', 'debug'],
      ]);
    });
    if (parts === undefined) throw new Error('nothing was started');
    const tapped = new TappedStack(stack, parts);
    await stack.managerReady();
    return tapped;
  }

  async stop(): Promise<void> {
    this.stack.manager.kill();
    await this.stack.manager.exited;
    await this.rpc.close();
    await this.api.close();
    this.#provider.kill();
    await this.#provider.exited;
    await this.stack.stop();
  }
}
