import { parseArgs } from 'node:util';
import { ApiServerError } from '../api-server-error.ts';
import type { ApiServerOptions } from '../api-server.ts';

/** What the command line asks for. */
export interface ApiServerArguments extends Pick<ApiServerOptions, 'stateDir' | 'listen' | 'kubeconfigPath'> {
  /** Files and directories of CRDs. */
  readonly crdPaths: readonly string[];
  /** A backup to put into the state directory, instead of serving it. */
  readonly restoreFile?: string;
}

const usage =
  'virtrigaud-apiserver --state DIR --crds FILE_OR_DIR [--crds ...] [--listen HOST:PORT] [--kubeconfig FILE], or --state DIR --restore BACKUP';

/** @throws {@link ApiServerError} `InvalidOptions` */
export function readApiServerArguments(argv: readonly string[]): ApiServerArguments {
  const { state, crds = [], listen = '127.0.0.1:0', kubeconfig, restore } = parse(argv);
  if (state === undefined) throw new ApiServerError('InvalidOptions', `--state is missing: ${usage}`);
  return {
    stateDir: state,
    crdPaths: crds,
    listen: parseListen(listen),
    ...(kubeconfig !== undefined && { kubeconfigPath: kubeconfig }),
    ...(restore !== undefined && { restoreFile: restore }),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        state: { type: 'string' },
        crds: { type: 'string', multiple: true },
        listen: { type: 'string' },
        kubeconfig: { type: 'string' },
        restore: { type: 'string' },
      },
    }).values;
  } catch (error) {
    throw new ApiServerError('InvalidOptions', `${(error as Error).message}: ${usage}`, { cause: error });
  }
}

function parseListen(text: string): ApiServerOptions['listen'] {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65535) {
    throw new ApiServerError('InvalidOptions', `--listen ${text} must be HOST:PORT, like 127.0.0.1:6443 or [::1]:0`);
  }
  return { host, port: Number(port) };
}
