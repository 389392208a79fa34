import { access } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, createTransport, loadKubeConfig, type KubeConfig } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * Waits until an API server has written its kubeconfig and answers.
 *
 * @throws {@link CliError} `Unmet` when it does not within 60 s; what `signal` was aborted with.
 */
export async function awaitServer(kubeconfig: string, signal: AbortSignal): Promise<KubeConfig> {
  const endMs = performance.now() + READY_WITHIN_MS;
  let why = 'it has not written its kubeconfig';
  while (performance.now() < endMs) {
    signal.throwIfAborted();
    if (await exists(kubeconfig)) {
      const config = await loadKubeConfig({ path: kubeconfig });
      const refusal = await ask(config);
      if (refusal === undefined) return config;
      why = refusal;
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
  throw new CliError('Unmet', `the API server is not ready after ${READY_WITHIN_MS / 1000} s: ${why}`);
}

/** Answers why the server is not ready; undefined when it is. */
async function ask(config: KubeConfig): Promise<string | undefined> {
  const transport = createTransport(config, { userAgent: 'virtrigaud' });
  try {
    await transport.request({ method: 'GET', path: '/version', timeoutMs: 2000 });
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  } finally {
    await transport.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
