import { parseArgs } from 'node:util';

/** What a person asked for. */
export interface CliOptions {
  readonly address: string;
  readonly tls: TlsOptions | 'plaintext';
  readonly profile: string | undefined;
  readonly only: readonly string[];
  readonly json: boolean;
  readonly removeLeftovers: boolean;
}

/** PEM files, and the name that the provider's certificate bears. */
export interface TlsOptions {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly serverName: string | undefined;
}

/** What came of reading the arguments. */
export type CliRequest =
  | { readonly kind: 'run'; readonly options: CliOptions }
  | { readonly kind: 'list' }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problem: string };

export const usage = `usage: virtrigaud-conformance --address unix:PATH|HOST:PORT [flags]

Checks whether a provider keeps the contract. It makes, changes and deletes VMs of its own there.

  --address ADDRESS        where the provider listens
  --tls-ca FILE            PEM: what the provider's certificate is signed by
  --tls-cert FILE          PEM: the certificate to show it
  --tls-key FILE           PEM: its key
  --tls-server-name NAME   the name that the provider's certificate bears, when it is not the host
  --plaintext              no TLS on TCP: for a provider on this machine
  --profile FILE           JSON: image, network, storage, sizes, backdoor
  --only ID|GROUP          only this check or group; repeatable
  --json                   a report for machines on stdout; the words go to stderr
  --list                   print the checks and end
  --remove-leftovers       remove what earlier runs left, and end
  --help                   print this and end

Ends with 0 when every check that was run has passed and nothing was left behind, 1 when not, 2 when nothing could be checked, 130 when
it was interrupted.`;

/** Reads the arguments. */
export function parseCli(argv: readonly string[]): CliRequest {
  try {
    return requestOf(
      parseArgs({
        args: [...argv],
        options: {
          address: { type: 'string' },
          'tls-ca': { type: 'string' },
          'tls-cert': { type: 'string' },
          'tls-key': { type: 'string' },
          'tls-server-name': { type: 'string' },
          plaintext: { type: 'boolean', default: false },
          profile: { type: 'string' },
          only: { type: 'string', multiple: true, default: [] },
          json: { type: 'boolean', default: false },
          list: { type: 'boolean', default: false },
          'remove-leftovers': { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      }).values,
    );
  } catch (error) {
    return { kind: 'wrong', problem: error instanceof Error ? error.message : String(error) };
  }
}

interface Values {
  readonly address?: string | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'tls-server-name'?: string | undefined;
  readonly plaintext: boolean;
  readonly profile?: string | undefined;
  readonly only: readonly string[];
  readonly json: boolean;
  readonly list: boolean;
  readonly 'remove-leftovers': boolean;
  readonly help: boolean;
}

function requestOf(values: Values): CliRequest {
  if (values.help) return { kind: 'help' };
  if (values.list) return { kind: 'list' };
  const { address, profile, only, json } = values;
  if (address === undefined) return { kind: 'wrong', problem: 'give --address: where the provider listens' };
  const read = readTls(address, values);
  if (!read.ok) return { kind: 'wrong', problem: read.problem };
  const removeLeftovers = values['remove-leftovers'];
  return { kind: 'run', options: { address, tls: read.tls, profile, only, json, removeLeftovers } };
}

type TlsResult =
  { readonly ok: true; readonly tls: CliOptions['tls'] } | { readonly ok: false; readonly problem: string };

/** TLS as it is asked for, or what is wrong with that. */
function readTls(address: string, values: Values): TlsResult {
  const { 'tls-ca': caFile, 'tls-cert': certFile, 'tls-key': keyFile, 'tls-server-name': serverName } = values;
  const given = [caFile, certFile, keyFile, serverName].filter((value) => value !== undefined);
  if (given.length > 0 && values.plaintext)
    return { ok: false, problem: '--plaintext and --tls-... exclude each other' };
  if (given.length === 0) {
    if (values.plaintext || address.startsWith('unix:')) return { ok: true, tls: 'plaintext' };
    const problem = `give --tls-ca, --tls-cert and --tls-key for ${address}, or --plaintext when it speaks none`;
    return { ok: false, problem };
  }
  if (caFile === undefined || certFile === undefined || keyFile === undefined) {
    return { ok: false, problem: '--tls-ca, --tls-cert and --tls-key go together' };
  }
  return { ok: true, tls: { caFile, certFile, keyFile, serverName } };
}
