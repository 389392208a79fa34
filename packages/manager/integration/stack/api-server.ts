import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { customResourceDefinition, kinds, type KindName } from '@virtrigaud/api-types';
import {
  createTransport,
  isAlreadyExists,
  isNotFound,
  leaseResource,
  loadKubeConfig,
  objectKey,
  resource,
  type KubeObject,
  type Transport,
} from '@virtrigaud/kube-runtime';
import { startProgram } from './program.ts';
import { until } from './until.ts';

/** Names the kubeconfig of a real cluster to run against, whose objects of our kinds are the tests' alone. */
const kubeconfigVariable = 'VIRTRIGAUD_TEST_KUBECONFIG';

const crdResource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};

/** An API server that serves our kinds, and has no object of them. */
export interface TestApiServer {
  readonly kubeconfigPath: string;
  readonly transport: Transport;
  /** Leaves nothing of the tests behind. */
  stop(): Promise<void>;
}

/** The cluster that the environment names, else an embedded server in a process of its own. */
export async function startApiServer(directory: string): Promise<TestApiServer> {
  const shared = process.env[kubeconfigVariable];
  return shared === undefined ? startEmbedded(directory) : joinCluster(shared, directory);
}

async function startEmbedded(directory: string): Promise<TestApiServer> {
  const crds = fileURLToPath(new URL('../../../api-types/crds', import.meta.url));
  const state = join(directory, 'api');
  const program = startProgram('embedded-apiserver/src/main.ts', ['--state', state, '--crds', crds]);
  await program.line('serving');
  const kubeconfigPath = join(state, 'kubeconfig');
  const transport = await connect(kubeconfigPath);
  return {
    kubeconfigPath,
    transport,
    stop: async () => {
      await transport.close();
      program.kill();
      await program.exited;
    },
  };
}

async function joinCluster(shared: string, directory: string): Promise<TestApiServer> {
  const kubeconfigPath = join(directory, 'api', 'kubeconfig');
  await mkdir(join(directory, 'api'));
  await copyFile(shared, kubeconfigPath);
  const transport = await connect(kubeconfigPath);
  const crds = resource(transport, crdResource);
  for (const kind of Object.keys(kinds) as KindName[]) {
    await crds.create(customResourceDefinition(kind) as unknown as KubeObject).catch(unless(isAlreadyExists));
    await until(`${kind} is served`, () =>
      resource(transport, { ...kinds[kind], kind })
        .list()
        .then(
          () => true,
          (error: unknown) => {
            if (isNotFound(error)) return false;
            throw error;
          },
        ),
    );
  }
  return {
    kubeconfigPath,
    transport,
    stop: async () => {
      await clear(transport);
      await transport.close();
    },
  };
}

async function connect(path: string): Promise<Transport> {
  return createTransport(await loadKubeConfig({ path }), { userAgent: 'test', qps: 0 });
}

/** Removes what a manager that has ended was to work on, and its Lease, so that the next one leads at once. */
async function clear(transport: Transport): Promise<void> {
  for (const kind of Object.keys(kinds) as KindName[]) {
    const client = resource(transport, { ...kinds[kind], kind });
    for (const { metadata } of (await client.list()).items) {
      const key = objectKey(metadata);
      if (metadata.finalizers?.length) await client.mergePatch(key, { metadata: { finalizers: null } });
      await client.delete(key).catch(unless(isNotFound));
    }
  }
  const lease = objectKey({ namespace: 'default', name: 'virtrigaud-manager' });
  await resource(transport, leaseResource).delete(lease).catch(unless(isNotFound));
}

function unless(expected: (error: unknown) => boolean): (error: unknown) => void {
  return (error) => {
    if (!expected(error)) throw error;
  };
}
