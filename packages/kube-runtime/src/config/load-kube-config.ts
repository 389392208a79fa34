import type { KubeConfig } from './kube-config.ts';

/** Where to look for a kubeconfig. */
export interface LoadKubeConfigOptions {
  /** This file and no other. */
  readonly path?: string | undefined;
  /** The context to use, instead of the file's current one. */
  readonly context?: string | undefined;
  /** Read for KUBECONFIG, HOME and KUBERNETES_SERVICE_HOST/_PORT; a program passes `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Finds the API server and the credentials for it, as kubectl does: `path`, else KUBECONFIG (a list of files, the
 * first to name a thing wins), else `$HOME/.kube/config`, else the pod's service account.
 *
 * @throws {@link ApiError} `BadConfig`: nothing is found, a file cannot be read, or the context is not in it.
 */
export async function loadKubeConfig(_options: LoadKubeConfigOptions): Promise<KubeConfig> {
  throw new Error('not built yet');
}
