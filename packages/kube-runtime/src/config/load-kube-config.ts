import { access } from 'node:fs/promises';
import type { KubeConfig as ClientNodeConfig } from '@kubernetes/client-node';
import { ApiError } from '../api/api-error.ts';
import { contextOf } from './client-node-context.ts';
import type { KubeConfig } from './kube-config.ts';
import { kubeConfigPlaces } from './locate-kube-config.ts';
import type { KubeConfigPlace } from './locate-kube-config.ts';
import { simpleContext } from './simple-context.ts';

/** Where to look for a kubeconfig. */
export interface LoadKubeConfigOptions {
  /** This file and no other. */
  readonly path?: string | undefined;
  /** The context to use, instead of the file's current one. */
  readonly context?: string | undefined;
  /** Read for KUBECONFIG, HOME and KUBERNETES_SERVICE_HOST/_PORT; a program passes `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Where a pod finds its service account. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds the API server and the credentials for it, as kubectl does: `path`, else KUBECONFIG (a list of files, the
 * first to name a thing wins), else `$HOME/.kube/config`, else the pod's service account.
 *
 * @throws {@link ApiError} `BadConfig`: nothing is found, a file cannot be read, or the context is not in it.
 */
export async function loadKubeConfig(options: LoadKubeConfigOptions): Promise<KubeConfig> {
  for (const place of kubeConfigPlaces(options)) {
    if (!(await exists(place))) continue;
    const simple = place.kind === 'files' && place.paths.length === 1 ? place.paths[0] : undefined;
    const found = simple === undefined ? undefined : await simpleContext(simple, options.context);
    if (found !== undefined) return found;
    return contextOf(await read(place), { name: options.context, source: sourceOf(place) });
  }
  throw new ApiError('BadConfig', 'No kubeconfig found: name a file, set KUBECONFIG, or create ~/.kube/config');
}

async function exists(place: KubeConfigPlace): Promise<boolean> {
  if (place.kind === 'files') return place.mustExist || (await isReadable(place.paths[0] ?? ''));
  return isReadable(`${SERVICE_ACCOUNT}/token`);
}

function sourceOf(place: KubeConfigPlace): string {
  return place.kind === 'files' ? place.paths.join(', ') : 'in-cluster';
}

async function read(place: KubeConfigPlace): Promise<ClientNodeConfig> {
  // Most of a second of CPU and 60 MB: only for who needs it.
  const { KubeConfig: NodeConfig } = await import('@kubernetes/client-node');
  if (place.kind === 'in-cluster') {
    const config = new NodeConfig();
    config.loadFromOptions(inClusterOptions(place.server));
    return config;
  }
  const parts: ClientNodeConfig[] = [];
  for (const path of place.paths) {
    // A list may name files that do not exist; a file that was asked for must.
    if (place.paths.length > 1 && !(await isReadable(path))) continue;
    parts.push(fromFile(new NodeConfig(), path));
  }
  return merged(new NodeConfig(), parts);
}

function fromFile(config: ClientNodeConfig, path: string): ClientNodeConfig {
  try {
    config.loadFromFile(path, { onInvalidEntry: 'filter' });
    return config;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError('BadConfig', `Cannot read the kubeconfig ${path}: ${why}`, { cause });
  }
}

/** The first file to name a cluster, user, context or current context wins. */
function merged(into: ClientNodeConfig, parts: readonly ClientNodeConfig[]): ClientNodeConfig {
  into.loadFromOptions({
    clusters: firstOfEachName(parts.flatMap((part) => part.clusters)),
    users: firstOfEachName(parts.flatMap((part) => part.users)),
    contexts: firstOfEachName(parts.flatMap((part) => part.contexts)),
    currentContext: parts.map((part) => part.currentContext).find((name) => name),
  });
  return into;
}

function firstOfEachName<T extends { readonly name: string }>(named: readonly T[]): readonly T[] {
  const byName = new Map<string, T>();
  for (const one of named) if (!byName.has(one.name)) byName.set(one.name, one);
  return [...byName.values()];
}

function inClusterOptions(server: string): object {
  const name = 'in-cluster';
  return {
    clusters: [{ name, server, caFile: `${SERVICE_ACCOUNT}/ca.crt`, skipTLSVerify: false }],
    users: [{ name, authProvider: { name: 'tokenFile', config: { tokenFile: `${SERVICE_ACCOUNT}/token` } } }],
    contexts: [{ name, cluster: name, user: name }],
    currentContext: name,
  };
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
