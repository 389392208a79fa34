import { z } from 'zod';

/** The configuration of the manager's program; each member is a flag and an environment variable. */
export const configSchema = z.object({
  kubeconfig: z
    .string()
    .optional()
    .describe('kubeconfig of the API server; else KUBECONFIG, ~/.kube/config, or the pod itself'),
  context: z.string().optional().describe('context of the kubeconfig'),
  provider: z
    .array(z.string().regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?=.+$/, 'must be type=package, type=path or type=command'))
    .default([])
    .describe(
      'package, path or (Remote) command that serves a type of hypervisor: acme=./my-provider; may be given several times',
    ),
  runtimeDir: z
    .string()
    .min(1)
    .describe('private directory for the sockets, certificates and credentials of providers'),
  listenOperations: z
    .string()
    .regex(/^[^:]*:\d+$/, 'must be host:port')
    .default('127.0.0.1:8080')
    .describe('address of /metrics, /healthz and /readyz; port 0 lets the system choose'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('how much is logged'),
  logFormat: z.enum(['json', 'text']).default('json').describe('how it is logged'),
  namespace: z.string().optional().describe('objects of this namespace only; else of all'),
  kubeApiQps: z
    .number()
    .min(0)
    .default(500)
    .describe('requests a second to the API server, in the long run; 0: no limit'),
  kubeApiBurst: z.number().min(1).default(1_000).describe('requests that may be made at once'),
  leaseNamespace: z.string().default('default').describe('namespace of the Lease that elects the leader'),
  leaseDurationSeconds: z
    .number()
    .int()
    .min(4)
    .max(3_600)
    .default(15)
    .describe('silence of a leader after which another takes its place'),
});

/** The validated configuration. */
export type ManagerConfig = z.output<typeof configSchema>;

/** `type=package` pairs as a lookup. */
export function givenPackages(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
    }),
  );
}

/** `host:port`, taken apart. */
export function hostAndPort(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon) || '0.0.0.0', port: Number(address.slice(colon + 1)) };
}
