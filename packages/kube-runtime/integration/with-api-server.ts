import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, isAlreadyExists, isNotFound, loadKubeConfig, objectKey, resource } from '../src/index.ts';
import type { KubeConfig, KubeObject, Transport } from '../src/index.ts';
import { eventually } from './eventually.ts';

/** Names the kubeconfig of a real cluster to run against. */
const KUBECONFIG_VARIABLE = 'VIRTRIGAUD_TEST_KUBECONFIG';
const READY_MS = 30_000;
const crdResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** A CustomResourceDefinition, as JSON, with one version. */
export interface TestCrd extends KubeObject {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string };
    readonly versions: readonly { readonly name: string }[];
  };
}

/** An API server that serves the kinds it was given. */
export interface TestApiServer {
  readonly config: KubeConfig;
  /** Where programs find it. */
  readonly kubeconfigPath: string;
  stop(): Promise<void>;
}

/** The cluster that the environment names, else an own server in a process of its own. */
export async function startApiServer(crds: readonly TestCrd[]): Promise<TestApiServer> {
  const path = process.env[KUBECONFIG_VARIABLE];
  return path ? joinCluster(path, crds) : startEmbedded(crds);
}

async function joinCluster(path: string, crds: readonly TestCrd[]): Promise<TestApiServer> {
  const config = await loadKubeConfig({ path });
  const transport = createTransport(config, { userAgent: 'kube-runtime-test' });
  const client = resource<TestCrd>(transport, crdResource);
  for (const crd of crds) {
    await client.create(crd).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
    await served(transport, crd);
  }
  return {
    config,
    kubeconfigPath: path,
    stop: async () => {
      for (const crd of crds) await client.delete(objectKey(crd.metadata));
      await transport.close();
    },
  };
}

/** A cluster serves a new kind a moment after it is created. */
async function served(transport: Transport, { spec }: TestCrd): Promise<void> {
  const path = `/apis/${spec.group}/${spec.versions[0]?.name}/${spec.names.plural}`;
  const endMs = performance.now() + READY_MS;
  for (;;) {
    const refusal = await transport.request({ method: 'GET', path }).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (refusal === undefined) return;
    if (isNotFound(refusal) && performance.now() < endMs) continue;
    throw new Error(`${path} is not served`, { cause: refusal });
  }
}

async function startEmbedded(crds: readonly TestCrd[]): Promise<TestApiServer> {
  const dir = await mkdtemp(join(tmpdir(), 'kube-runtime-'));
  const crdPath = join(dir, 'crds.yaml');
  await writeFile(crdPath, crds.map((crd) => `---\n${JSON.stringify(crd)}\n`).join(''));
  const main = join(import.meta.dirname, '../../embedded-apiserver/src/main.ts');
  const state = join(dir, 'state');
  const flags = ['--state', state, '--crds', crdPath, '--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, ['--conditions=@virtrigaud/source', main, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk.toString()));
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(dir, { recursive: true });
  };
  try {
    await eventually('it serves', () => hasEnded(child) || output.join('').includes('"serving"'), READY_MS);
    const kubeconfigPath = join(state, 'kubeconfig');
    return { config: await loadKubeConfig({ path: kubeconfigPath }), kubeconfigPath, stop };
  } catch (cause) {
    await stop();
    throw new Error(`The API server did not start:\n${output.join('')}`, { cause });
  }
}

/** Asks a process of ours to end, and makes it after ten seconds. */
export async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(kill);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}
