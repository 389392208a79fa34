import { delimiter, join } from 'node:path';
import type { LoadKubeConfigOptions } from './load-kube-config.ts';

/** Where a kubeconfig is to be read. */
export type KubeConfigPlace =
  | { readonly kind: 'files'; readonly paths: readonly string[]; readonly mustExist: boolean }
  | { readonly kind: 'in-cluster'; readonly server: string };

/** The places to try, in order; the first that exists is the one. */
export function kubeConfigPlaces(options: LoadKubeConfigOptions): readonly KubeConfigPlace[] {
  const env = options.env ?? {};
  if (options.path !== undefined) return [{ kind: 'files', paths: [options.path], mustExist: true }];
  const named = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (named.length > 0) return [{ kind: 'files', paths: named, mustExist: true }];
  const places: KubeConfigPlace[] = [];
  if (env['HOME']) places.push({ kind: 'files', paths: [join(env['HOME'], '.kube', 'config')], mustExist: false });
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'] ?? '443';
  if (host) places.push({ kind: 'in-cluster', server: `https://${host.includes(':') ? `[${host}]` : host}:${port}` });
  return places;
}
