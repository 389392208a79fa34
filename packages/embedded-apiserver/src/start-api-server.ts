import type { ApiServer, ApiServerOptions } from './api-server.ts';

/**
 * Serves a Kubernetes-style API from one state directory until it is stopped.
 *
 * Whatever was acknowledged before is there again after any kind of death; the token, the CA and the cluster id
 * (uid of the namespace `kube-system`) stay the same.
 *
 * @throws {@link ApiServerError} when the CRDs, the state directory or the address cannot be used.
 */
export async function startApiServer(_options: ApiServerOptions): Promise<ApiServer> {
  throw new Error('not built yet');
}
