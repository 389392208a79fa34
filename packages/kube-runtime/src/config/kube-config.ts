/** What authenticates requests right now. */
export interface Credentials {
  /** Headers to send: `authorization`, impersonation. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM bundle of the authorities that may sign the server's certificate; the system's if undefined. */
  readonly ca?: Buffer | string | undefined;
  /** PEM client certificate and key. */
  readonly cert?: Buffer | string | undefined;
  readonly key?: Buffer | string | undefined;
  /** False only where the kubeconfig says insecure-skip-tls-verify. */
  readonly rejectUnauthorized: boolean;
  /** The name to expect in the server's certificate, if it is not the host's. */
  readonly servername?: string | undefined;
}

/** One context of a kubeconfig: a server, a namespace and the means to authenticate. */
export interface KubeConfig {
  /** The context's name; `in-cluster` for a pod's service account. */
  readonly context: string;
  /** Base URL of the API server. */
  readonly server: string;
  /** The context's namespace; `default` if it names none. */
  readonly namespace: string;
  /** The proxy to reach the server through. */
  readonly proxyUrl?: string | undefined;
  /** Where the context came from, for people: a path, or `in-cluster`. */
  readonly source: string;
  /**
   * Reads the credentials afresh: rotated files, an expired token and an exec plugin's answer are all seen.
   *
   * @throws {@link ApiError} `BadConfig`
   */
  credentials(): Promise<Credentials>;
}
