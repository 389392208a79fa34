import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = join(import.meta.dirname, '../../../tools/kubernetes/serve.js');

/** etcd and kube-apiserver, or why there are none. */
export type RealApiServer =
  | { readonly kind: 'running'; readonly kubeconfig: string; readonly stop: () => Promise<void> }
  | { readonly kind: 'missing'; readonly why: string };

/** Starts a real Kubernetes API server. The first time on a machine it is built, which takes minutes. */
export async function startRealApiServer(): Promise<RealApiServer> {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
  let why = '';
  child.stderr.on('data', (chunk: Buffer) => (why += chunk.toString()));
  const ended = once(child, 'close');
  const first = await Promise.race([once(createInterface(child.stdout), 'line'), ended]);
  const [line] = first as readonly unknown[];
  if (typeof line !== 'string') return { kind: 'missing', why: why.trim() };
  const { kubeconfig } = JSON.parse(line) as { kubeconfig: string };
  const stop = async () => {
    child.stdin.end();
    await ended;
  };
  return { kind: 'running', kubeconfig, stop };
}
