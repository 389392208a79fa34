import type { RequestOptions } from 'node:https';
import type { Cluster, Context, KubeConfig as ClientNodeConfig } from '@kubernetes/client-node';
import { ApiError } from '../api/api-error.ts';
import type { Credentials, KubeConfig } from './kube-config.ts';

/** Which context of a configuration, and where that came from. */
interface Choice {
  /** The current one if undefined. */
  readonly name: string | undefined;
  readonly source: string;
}

/** One context of a client-node configuration, which is changed to it. */
export function contextOf(config: ClientNodeConfig, choice: Choice): KubeConfig {
  const context = chooseContext(config, choice);
  const cluster = chooseCluster(config, context, choice.source);
  allowPlainHttp(config);
  return {
    context: context.name,
    server: cluster.server,
    namespace: context.namespace ?? 'default',
    proxyUrl: cluster.proxyUrl,
    source: choice.source,
    credentials: () => credentialsOf(config, choice.source),
  };
}

function chooseContext(config: ClientNodeConfig, choice: Choice): Context {
  const name = choice.name ?? config.currentContext;
  if (!name) {
    throw new ApiError('BadConfig', `${choice.source} has no current-context: name one of ${namesOf(config.contexts)}`);
  }
  const context = config.getContextObject(name);
  if (context === null) {
    const known = namesOf(config.contexts);
    throw new ApiError('BadConfig', `${choice.source} has no context ${name}; it has ${known}`);
  }
  config.setCurrentContext(name);
  return context;
}

function chooseCluster(config: ClientNodeConfig, context: Context, source: string): Cluster {
  const cluster = config.getCluster(context.cluster);
  if (cluster === null) {
    throw new ApiError('BadConfig', `${source} has no cluster ${context.cluster}, which context ${context.name} names`);
  }
  if (!URL.canParse(cluster.server) || !/^https?:$/.test(new URL(cluster.server).protocol)) {
    throw new ApiError('BadConfig', `${source}: the server of cluster ${cluster.name} is no http(s) URL`);
  }
  return cluster;
}

/** client-node refuses http unless TLS verification is off; with http in the file that has been chosen already. */
function allowPlainHttp(config: ClientNodeConfig): void {
  config.clusters = config.clusters.map((cluster) =>
    cluster.server.startsWith('http:') ? { ...cluster, skipTLSVerify: true } : cluster,
  );
}

async function credentialsOf(config: ClientNodeConfig, source: string): Promise<Credentials> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ApiError(
      'BadConfig',
      `Cannot get the credentials of context ${config.currentContext} (${source}): ${why}`,
      {
        cause,
      },
    );
  }
  return {
    headers: headersOf(options),
    ca: options.ca as Buffer | undefined,
    cert: options.cert as Buffer | undefined,
    key: options.key as Buffer | undefined,
    rejectUnauthorized: options.rejectUnauthorized !== false,
    servername: options.servername,
  };
}

function headersOf(options: RequestOptions): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  const given = Array.isArray(options.headers) ? {} : (options.headers ?? {});
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) headers.set(name.toLowerCase(), String(value));
  }
  if (options.auth) headers.set('authorization', `Basic ${Buffer.from(options.auth).toString('base64')}`);
  return Object.fromEntries(headers);
}

function namesOf(named: readonly { readonly name: string }[]): string {
  return named.map((one) => one.name).join(', ') || 'none';
}
