import { isNotFound, resource, type Transport } from '@virtrigaud/kube-runtime';
import { ManagerError } from '../errors.ts';
import { namespaceResource } from './resources.ts';

/**
 * The stable id of the cluster: the uid of the namespace `kube-system`, else (an API server without it) of `default`.
 *
 * @throws {@link ManagerError} `NoCluster`: it has neither.
 */
export async function readClusterId(transport: Transport, signal: AbortSignal): Promise<string> {
  const namespaces = resource(transport, namespaceResource);
  for (const name of ['kube-system', 'default']) {
    try {
      const { uid } = (await namespaces.get(`/${name}`, { signal })).metadata;
      if (uid) return uid;
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
  throw new ManagerError(
    'NoCluster',
    'the API server has no namespace kube-system or default, so the cluster cannot be told from others',
  );
}
