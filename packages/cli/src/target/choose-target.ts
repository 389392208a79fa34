import { CliError } from '../cli-error.ts';
import type { RunningUp } from './running-up.ts';

/** The API server that a command speaks to, before its kubeconfig is read. */
export interface Target {
  /** The kubeconfig's path; undefined: the standard one (KUBECONFIG, ~/.kube/config). */
  readonly path: string | undefined;
  readonly context: string | undefined;
  /** How it was found, for people. */
  readonly how: string;
  /** Whether the person named it in this very command. */
  readonly explicit: boolean;
}

/** What the choice depends on. */
export interface TargetOptions {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Every `up` of this user that runs. */
  readonly running: readonly RunningUp[];
}

/**
 * Chooses the API server: `--kubeconfig` or `--context`, else VIRTRIGAUD_KUBECONFIG, else this user's running `up`, else the
 * standard kubeconfig.
 *
 * @throws {@link CliError} `NoTarget` when several `up` run.
 */
export function chooseTarget({ kubeconfig, context, env, running }: TargetOptions): Target {
  if (kubeconfig !== undefined) return { path: kubeconfig, context, how: '--kubeconfig', explicit: true };
  if (context !== undefined) return { path: undefined, context, how: '--context', explicit: true };
  const own = env['VIRTRIGAUD_KUBECONFIG'];
  if (own) return { path: own, context, how: 'VIRTRIGAUD_KUBECONFIG', explicit: false };
  const [up, ...others] = running;
  if (up !== undefined && others.length > 0) {
    const paths = running.map((one) => one.kubeconfig).join(', ');
    throw new CliError('NoTarget', `several virtrigaud up run: name one with --kubeconfig, of ${paths}`);
  }
  if (up !== undefined) {
    return { path: up.kubeconfig, context, how: `virtrigaud up, process ${up.process.pid}`, explicit: false };
  }
  return { path: undefined, context, how: env['KUBECONFIG'] ? 'KUBECONFIG' : '~/.kube/config', explicit: false };
}
