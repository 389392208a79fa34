/**
 * A real Kubernetes API server (etcd and kube-apiserver, built on the first run) for tests and for comparing with. Prints
 * `{"kubeconfig": FILE}` once it is ready, and runs until SIGINT, SIGTERM or, where stdin is a pipe, the end of stdin.
 *
 * usage: node tools/kubernetes/serve.js
 */
import { once } from 'node:events';
import { fstatSync } from 'node:fs';
import { asCommand } from '../libvirt/program.js';
import { buildPrograms, startApiServer } from './api-server.js';

asCommand(import.meta.url, async () => {
  const programs = buildPrograms();
  // Whoever began this may end before it is ready.
  const told = Promise.race([...['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)), endOfPipe()]);
  const { kubeconfig, stop } = await startApiServer(programs);
  process.stdout.write(`${JSON.stringify({ kubeconfig })}\n`);
  await told;
  await stop();
  // A pipe that is still open would keep this process.
  process.exit(0);
});

function endOfPipe() {
  const stdin = fstatSync(0);
  if (!stdin.isFIFO() && !stdin.isSocket()) return new Promise(() => undefined);
  process.stdin.resume();
  return once(process.stdin, 'end');
}
