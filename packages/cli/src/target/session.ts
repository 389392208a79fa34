import { ApiError, createTransport, loadKubeConfig, type KubeConfig, type Transport } from '@virtrigaud/kube-runtime';
import { CliError } from '../cli-error.ts';
import { oneLine } from '../output/one-line.ts';
import type { System } from '../terminal/terminal.ts';
import { chooseTarget, type Target } from './choose-target.ts';
import { dataDirectory, runningUps } from './running-up.ts';

/** Options that every command takes. */
export interface TargetFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
}

/** A connection to the API server that a command speaks to. */
export interface Session {
  readonly transport: Transport;
  readonly namespace: string;
  readonly target: Target;
  /** Base URL of the server. */
  readonly server: string;
}

/**
 * Connects a command to its API server, says once on standard error which that is, and disconnects when `use` has ended.
 *
 * @throws {@link CliError} `NoTarget`, `Refused`, in one line.
 */
export async function withSession<T>(
  flags: TargetFlags,
  system: System,
  use: (session: Session) => Promise<T>,
): Promise<T> {
  const target = await targetOf(flags, system);
  const config = await configOf(target, system);
  system.terminal.note(`# ${config.server} (${target.how})\n`);
  const transport = createTransport(config, { userAgent: 'virtrigaud' });
  try {
    const namespace = flags.namespace ?? config.namespace;
    return await use({ transport, namespace, target, server: config.server });
  } catch (error) {
    throw explained(error, config);
  } finally {
    await transport.close();
  }
}

/** The API server that a command would speak to. */
export async function targetOf(flags: TargetFlags, system: System): Promise<Target> {
  const running = await runningUps(dataDirectory(system.env, system.home));
  return chooseTarget({ kubeconfig: flags.kubeconfig, context: flags.context, env: system.env, running });
}

/** Whether a server is on this machine. */
export function isLocal(server: string): boolean {
  const { hostname } = new URL(server);
  return ['localhost', '[::1]'].includes(hostname) || /^127(\.\d+){3}$/.test(hostname);
}

async function configOf(target: Target, { env, home }: System): Promise<KubeConfig> {
  try {
    const { path, context } = target;
    return await loadKubeConfig({ path, context, env: { HOME: home, ...env } });
  } catch (cause) {
    if (!(cause instanceof ApiError)) throw cause;
    const isMissing = target.path === undefined && cause.message.startsWith('No kubeconfig');
    const what = isMissing
      ? 'no API server found: start one with `virtrigaud up`, or name one with --kubeconfig'
      : oneLine(cause.message);
    throw new CliError('NoTarget', what, { cause });
  }
}

/** What the person can do about a failure that concerns the server as a whole. */
function explained(error: unknown, { server, source }: KubeConfig): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'Unreachable' || error.code === 'Timeout') {
    const what = `cannot reach ${server} (${source}): is it running? \`virtrigaud up\` starts one on this machine`;
    return new CliError('NoTarget', `${what} (${rootOf(error)})`, { cause: error });
  }
  if (error.status === 401) {
    const what = `${server} does not accept the credentials of ${source}: get a new kubeconfig`;
    return new CliError('Refused', what, { cause: error });
  }
  return error;
}

/** The word of the system at the bottom of a failure. */
function rootOf(error: Error): string {
  const { cause } = error;
  if (cause instanceof Error) return rootOf(cause);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
