import { managerName } from '../tls/runtime-tls.ts';
import type { WorkloadSpec } from '../workload.ts';

/** Where the files of a child are. */
export interface ChildFiles {
  /** With `tls.crt`, `tls.key` and `ca.crt`. */
  readonly tls: string;
  /** One file a key of the Secret. */
  readonly credentials: string;
}

/** What a child is given of our own environment: what any program of this user needs, and nothing that may be a secret. */
const passedOn: readonly string[] = [
  ...['PATH', 'HOME', 'USER', 'LOGNAME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'XDG_DATA_HOME', 'XDG_RUNTIME_DIR'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_V8_COVERAGE'],
];

/** The environment of a child: the process contract, under the names of `spec.runtime.env`, over what is passed on. Pure. */
export function childEnvironment(
  spec: WorkloadSpec,
  files: ChildFiles,
  own: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const { healthCheck } = spec;
  const inherited = passedOn.flatMap((name) => {
    const value = own[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const contract = {
    TYPE: spec.type,
    NAME: spec.name,
    NAMESPACE: spec.namespace,
    ENDPOINT: spec.endpoint,
    INSECURE_SKIP_VERIFY: String(spec.insecureSkipVerify),
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    TLS_CERT: `${files.tls}/tls.crt`,
    TLS_KEY: `${files.tls}/tls.key`,
    TLS_CA: `${files.tls}/ca.crt`,
    CLIENT_NAME: managerName,
    CREDENTIALS: files.credentials,
    HEALTH_CHECK: String(healthCheck.enabled),
    HEALTH_INTERVAL_MS: String(healthCheck.intervalMs),
    HEALTH_TIMEOUT_MS: String(healthCheck.timeoutMs),
    HEALTH_FAILURE_THRESHOLD: String(healthCheck.failureThreshold),
    HEALTH_SUCCESS_THRESHOLD: String(healthCheck.successThreshold),
    LOG_LEVEL: spec.logLevel,
    LOG_FORMAT: 'json',
    LIFELINE: 'true',
  };
  return Object.fromEntries([
    ...inherited,
    ...spec.env.map(({ name, value }) => [name, value] as const),
    ...Object.entries(contract).map(([name, value]) => [`VIRTRIGAUD_RUNTIME_${name}`, value] as const),
  ]);
}
