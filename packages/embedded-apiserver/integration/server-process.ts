import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ApiClient } from '../src/testing/api-client.ts';

const main = join(import.meta.dirname, '../src/main.ts');
const node = ['--conditions=@virtrigaud/source', '--disable-warning=ExperimentalWarning', main];

/** A server in a process of its own, with `crd.yaml` and `state` in one directory. */
export class ServerProcess {
  readonly process: ChildProcess;
  readonly client: ApiClient;

  private constructor(process: ChildProcess, client: ApiClient) {
    this.process = process;
    this.client = client;
  }

  /**
   * @param before - what runs before the program, such as `ulimit -f 100`
   * @throws Error with what the server logged when it does not start
   */
  static async start(directory: string, before = 'true'): Promise<ServerProcess> {
    const state = join(directory, 'state');
    const argv = [...node, '--state', state, '--crds', join(directory, 'crd.yaml')];
    const process_ = spawn('bash', ['-c', `${before}; exec "$@"`, 'bash', process.execPath, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    process_.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
    const closed = once(process_, 'close');
    const [line] = (await Promise.race([once(createInterface(process_.stdout), 'line'), closed])) as readonly unknown[];
    if (typeof line !== 'string') {
      await closed;
      throw new Error(`the server did not start: ${log}`);
    }
    const { url } = JSON.parse(line) as { readonly url: string };
    const [caPem = '', token = ''] = await Promise.all(
      ['ca.pem', 'token'].map((name) => readFile(join(state, name), 'utf8')),
    );
    return new ServerProcess(process_, new ApiClient({ url, caPem, token: token.trim() }));
  }

  /** Ends it; idempotent. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.client.close();
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.kill(signal);
    await ended;
  }
}
