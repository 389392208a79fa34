import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const script = join(import.meta.dirname, '../../../tools/kubectl/build.sh');

/** Where kubectl is, or why there is none. */
export type BuiltKubectl =
  { readonly kind: 'built'; readonly path: string } | { readonly kind: 'missing'; readonly why: string };

/** Builds kubectl, or finds it built. */
export async function buildKubectl(): Promise<BuiltKubectl> {
  try {
    const { stdout } = await promisify(execFile)(script, { maxBuffer: 64 * 1024 * 1024 });
    return { kind: 'built', path: stdout.trim().split('\n').at(-1) ?? '' };
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    return { kind: 'missing', why: (stderr ?? message).trim() };
  }
}

/** What a run of kubectl came to. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** kubectl against one server, with a home of its own. */
export class Kubectl {
  readonly #path: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(path: string, options: { readonly kubeconfig: string; readonly home: string }) {
    this.#path = path;
    // What `kubectl edit` opens: it changes a number, as a person would.
    const editor = "sed -i 's/^  size: .*/  size: 9/'";
    this.#env = { PATH: process.env['PATH'], KUBECONFIG: options.kubeconfig, HOME: options.home, KUBE_EDITOR: editor };
  }

  /** Runs it to its end; `input` is what it reads from stdin. */
  run(args: readonly string[], input = ''): Promise<Ran> {
    const child = this.#spawn(args);
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, out, err }));
    });
  }

  /** Runs it to its end, which must be a good one; returns what it printed. */
  async ok(args: readonly string[], input = ''): Promise<string> {
    const { code, out, err } = await this.run(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} exited ${code}: ${err}`);
    return out;
  }

  /** Starts it, and lets the caller end it. */
  start(args: readonly string[]) {
    return this.#spawn(args);
  }

  #spawn(args: readonly string[]) {
    return spawn(this.#path, args, { env: this.#env, stdio: ['pipe', 'pipe', 'pipe'] });
  }
}
