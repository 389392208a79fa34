import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServerError } from './api-server-error.ts';
import type { ApiServer, ApiServerOptions, Tuning } from './api-server.ts';
import { ApiListener } from './http/api-listener.ts';
import { bearerCheck } from './http/authenticate.ts';
import { silentLog } from './log.ts';
import type { Api } from './operations/api.ts';
import { kindsOf, openApi } from './open-api.ts';
import type { Kinds } from './open-api.ts';
import { loadCrds } from './registry/load-crds.ts';
import { expireEvents } from './state/expire-events.ts';
import { kubeconfigText } from './state/kubeconfig.ts';
import { makeBackup, removeStaleBackups } from './state/make-backup.ts';
import { loadToken } from './state/token.ts';
import { writeFileAtomically } from './state/write-file-atomically.ts';
import { loadCertificateAuthority } from './tls/certificate-authority.ts';
import { issueServerCertificate } from './tls/server-certificate.ts';

const defaultTuning: Tuning = {
  historyLength: 10_000,
  watchBufferBytes: 16 * 1024 * 1024,
  bookmarkIntervalMs: 60_000,
  eventLifetimeMs: 60 * 60 * 1000,
};

/**
 * Serves a Kubernetes-style API from one state directory until it is stopped.
 *
 * Whatever was acknowledged before is there again after any kind of death; the token, the CA and the cluster id
 * (uid of the namespace `kube-system`) stay the same.
 *
 * @throws {@link ApiServerError} when the CRDs, the state directory or the address cannot be used.
 */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const kinds = kindsOf(loadCrds(options.crds));
  const tuning = { ...defaultTuning, ...options.tuning };
  await prepareDirectory(options.stateDir);
  // Opening the database takes the lock of the directory: nothing else in it is touched before.
  const { historyLength } = tuning;
  const api = await openApi(join(options.stateDir, 'objects.db'), kinds, { historyLength, now: () => Date.now() });
  try {
    return await serve(options, { api, kinds, tuning });
  } catch (error) {
    api.store.close();
    throw error;
  }
}

interface Parts {
  readonly api: Api;
  readonly kinds: Kinds;
  readonly tuning: Tuning;
}

async function serve(options: ApiServerOptions, { api, kinds, tuning }: Parts): Promise<ApiServer> {
  const { stateDir, listen, logger: log = silentLog } = options;
  const { now, store } = api;
  const token = await loadToken(stateDir);
  const authority = await loadCertificateAuthority(stateDir, now());
  await removeStaleBackups(stateDir);
  const backup = async () => ({ ...(await makeBackup(store, stateDir)) });
  const listener = await ApiListener.open({
    listen,
    certificate: await issueServerCertificate(authority, listen.host, now()),
    tuning,
    context: { api, openApi: kinds.openApi, isAllowed: bearerCheck(token), log, backup },
  });
  const url = `https://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listener.port}`;
  const kubeconfigPath = options.kubeconfigPath ?? join(stateDir, 'kubeconfig');
  const access = { url, caPem: authority.pem, token };
  const stopExpiry = expireEvents(api, { lifetimeMs: tuning.eventLifetimeMs, log });
  const stop = once(async () => {
    stopExpiry();
    await listener.close();
    store.close();
    log.info('stopped serving', { url });
  });
  try {
    await writeFileAtomically(kubeconfigPath, kubeconfigText(access));
  } catch (error) {
    await stop();
    throw new ApiServerError('StateUnwritable', `cannot write ${kubeconfigPath}: ${(error as Error).message}`, {
      cause: error,
    });
  }
  stopOnAbort(options.signal, stop, (error) => log.error('stopping failed', { error }));
  log.info('serving', { url, stateDir });
  return { ...access, port: listener.port, kubeconfigPath, stop };
}

async function prepareDirectory(stateDir: string): Promise<void> {
  try {
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    await chmod(stateDir, 0o700);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ApiServerError('StateUnwritable', `cannot use ${stateDir} as state directory: ${why}`, { cause: error });
  }
}

function stopOnAbort(
  signal: AbortSignal | undefined,
  stop: () => Promise<void>,
  failed: (error: unknown) => void,
): void {
  const end = () => void stop().catch(failed);
  if (signal?.aborted) end();
  else signal?.addEventListener('abort', end, { once: true });
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
