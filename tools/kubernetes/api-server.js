import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError, waitFor } from '../libvirt/program.js';
import { writePki } from './pki.js';

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

/**
 * The folder of the built programs; the first build takes minutes.
 *
 * @throws {SetupError} when they cannot be built here: there is no Go, or an old one
 */
export function buildPrograms() {
  const script = join(import.meta.dirname, 'build.sh');
  const { status, stdout, stderr, error } = spawnSync(script, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (status !== 0) throw new SetupError((error?.message ?? stderr).trim());
  return stdout.trim().split('\n').at(-1);
}

/**
 * Starts etcd and kube-apiserver on free ports of loopback, mutual TLS between the API server and its clients, all files in a
 * temporary folder.
 *
 * There is no controller-manager: no garbage collection, and a namespace that is deleted stays `Terminating`.
 *
 * @param {string} programs what `buildPrograms` answered
 * @returns {Promise<{ kubeconfig: string, stop: () => Promise<void> }>} once it is ready; `stop` leaves nothing behind
 */
export async function startApiServer(programs) {
  const folder = mkdtempSync(join(tmpdir(), 'kubernetes-'));
  await writePki(folder);
  for (let attempt = 1; ; attempt += 1) {
    const started = await startOnce(programs, folder);
    if (started.kind === 'ready') return started.server;
    // A free port may be somebody else's by the time that it is listened on.
    if (attempt < ATTEMPTS && started.why.includes('address already in use')) continue;
    rmSync(folder, { recursive: true });
    throw new SetupError(`the API server did not become ready: ${started.why}`);
  }
}

async function startOnce(programs, folder) {
  const [client, peer, port] = await freePorts(3);
  const at = (name) => join(folder, name);
  const start = (name, args) => startProcess(join(programs, name), args, at(`${name}.log`));
  const etcd = start('etcd', [
    `--data-dir=${at('etcd')}`,
    `--listen-client-urls=http://127.0.0.1:${client}`,
    `--advertise-client-urls=http://127.0.0.1:${client}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=default=http://127.0.0.1:${peer}`,
    '--unsafe-no-fsync',
  ]);
  const apiServer = start('kube-apiserver', [
    `--etcd-servers=http://127.0.0.1:${client}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // Never dialled: loopback is refused here, and no endpoint is published.
    '--advertise-address=192.0.2.1',
    '--endpoint-reconciler-type=none',
    '--service-cluster-ip-range=10.0.0.0/24',
    '--disable-admission-plugins=ServiceAccount',
    '--authorization-mode=RBAC',
    `--client-ca-file=${at('ca.crt')}`,
    `--tls-cert-file=${at('server.crt')}`,
    `--tls-private-key-file=${at('server.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-account-key-file=${at('service-account.pub')}`,
    `--service-account-signing-key-file=${at('service-account.key')}`,
  ]);
  const stop = async () => {
    await apiServer.stop();
    await etcd.stop();
  };
  const ended = () => apiServer.hasEnded() || etcd.hasEnded();
  await waitFor(async () => ended() || (await isReady(folder, port)), { timeoutMs: READY_TIMEOUT_MS, intervalMs: 50 });
  if (ended() || !(await isReady(folder, port))) {
    await stop();
    const why = ['etcd', 'kube-apiserver']
      .map((name) => readFileSync(at(`${name}.log`), 'utf8').slice(-4000))
      .join('\n');
    rmSync(at('etcd'), { recursive: true, force: true });
    return { kind: 'failed', why };
  }
  const kubeconfig = at('kubeconfig');
  writeFileSync(kubeconfig, kubeconfigText(folder, port), { mode: 0o600 });
  const stopAll = async () => {
    await stop();
    rmSync(folder, { recursive: true });
  };
  return { kind: 'ready', server: { kubeconfig, stop: stopAll } };
}

function startProcess(program, args, logPath) {
  const log = openSync(logPath, 'w');
  const child = spawn(program, args, { stdio: ['ignore', log, log] });
  closeSync(log);
  let isOver = false;
  const over = new Promise((resolve) => {
    child.once('exit', resolve);
    child.once('error', resolve);
  }).then(() => (isOver = true));
  const stop = async () => {
    // kube-apiserver drains for long; nobody waits for what it would still say.
    if (!isOver) child.kill('SIGKILL');
    await Promise.race([over, new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS).unref())]);
  };
  return { stop, hasEnded: () => isOver };
}

/** Ready for an administrator, who needs none of the roles that are still being made. */
async function isReady(folder, port) {
  const paths = ['/readyz?exclude=poststarthook/rbac/bootstrap-roles'].concat(
    ['kube-system', 'default'].map((name) => `/api/v1/namespaces/${name}`),
  );
  for (const path of paths) {
    if (!(await isOk(folder, { port, path }))) return false;
  }
  return true;
}

function isOk(folder, { port, path }) {
  const pem = (name) => readFileSync(join(folder, name));
  const access = { ca: pem('ca.crt'), cert: pem('admin.crt'), key: pem('admin.key') };
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path, agent: false, ...access }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asking.once('error', () => resolve(false));
    asking.end();
  });
}

function kubeconfigText(folder, port) {
  const data = (name) => readFileSync(join(folder, name)).toString('base64');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'test', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': data('ca.crt') } },
    ],
    users: [
      { name: 'admin', user: { 'client-certificate-data': data('admin.crt'), 'client-key-data': data('admin.key') } },
    ],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}

async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
