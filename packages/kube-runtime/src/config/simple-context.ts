import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'yaml';
import { ApiError } from '../api/api-error.ts';
import type { Credentials, KubeConfig } from './kube-config.ts';

/** The members of a kubeconfig that this reader knows, of each part. What has another is read by client-node. */
const KNOWN = {
  cluster: [
    'server',
    'certificate-authority',
    'certificate-authority-data',
    'tls-server-name',
    'insecure-skip-tls-verify',
  ],
  user: ['token', 'tokenFile', 'client-certificate', 'client-certificate-data', 'client-key', 'client-key-data'],
  context: ['cluster', 'user', 'namespace'],
};

type Members = Readonly<Record<string, unknown>>;

/** The parts of one context. */
interface Parts {
  readonly cluster: Members;
  readonly user: Members;
  readonly context: Members;
}

/**
 * Reads a context of one file that names its credentials outright: token, token file or client certificate. Costs a
 * hundredth of what client-node costs.
 *
 * @returns undefined for what it does not know, or finds wrong: client-node then reads it, or says what is wrong.
 */
export async function simpleContext(path: string, name: string | undefined): Promise<KubeConfig | undefined> {
  const config = membersOf(await parsed(path));
  const wanted = name ?? config['current-context'];
  if (typeof wanted !== 'string' || wanted === '') return undefined;
  const context = membersOf(namedIn(config['contexts'], wanted)?.['context']);
  const cluster = namedIn(config['clusters'], context['cluster'])?.['cluster'];
  const user = namedIn(config['users'], context['user'])?.['user'];
  const parts = { context, cluster: membersOf(cluster), user: membersOf(user) };
  const { server } = parts.cluster;
  if (cluster === undefined || user === undefined || !isKnown(parts)) return undefined;
  if (typeof server !== 'string' || !/^https?:\/\//.test(server) || !URL.canParse(server)) return undefined;
  const { namespace } = context;
  return {
    context: wanted,
    server,
    namespace: typeof namespace === 'string' && namespace !== '' ? namespace : 'default',
    source: path,
    credentials: () => credentialsOf(parts, path),
  };
}

async function parsed(path: string): Promise<unknown> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch {
    // Not there, or no YAML: client-node says so in its own words.
    return undefined;
  }
}

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};

function namedIn(list: unknown, name: unknown): Members | undefined {
  if (!Array.isArray(list)) return undefined;
  return list.map(membersOf).find((one) => one['name'] === name);
}

function isKnown(parts: Parts): boolean {
  return (['cluster', 'user', 'context'] as const).every((part) =>
    Object.entries(parts[part]).every(
      ([name, value]) =>
        KNOWN[part].includes(name) &&
        (name === 'insecure-skip-tls-verify' ? typeof value === 'boolean' : typeof value === 'string'),
    ),
  );
}

async function credentialsOf({ cluster, user }: Parts, path: string): Promise<Credentials> {
  try {
    const token = await tokenOf(user, path);
    return {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      ca: await pem(cluster, 'certificate-authority', path),
      cert: await pem(user, 'client-certificate', path),
      key: await pem(user, 'client-key', path),
      rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
      servername: textOf(cluster['tls-server-name']),
    };
  } catch (cause) {
    throw new ApiError('BadConfig', `Cannot get the credentials of ${path}: ${(cause as Error).message}`, { cause });
  }
}

/** As kubectl does, a token file goes before a token, and is read anew each time: others change it. */
async function tokenOf(user: Members, path: string): Promise<string | undefined> {
  const file = textOf(user['tokenFile']);
  if (file === undefined) return textOf(user['token']);
  const token = (await readFile(besides(path, file), 'utf8')).trim();
  if (token === '') throw new Error(`${besides(path, file)} is empty`);
  return token;
}

/** Data in the file goes before a path, which is one from the kubeconfig's directory. */
async function pem(members: Members, name: string, path: string): Promise<Buffer | undefined> {
  const data = textOf(members[`${name}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64');
  const file = textOf(members[name]);
  return file === undefined ? undefined : readFile(besides(path, file));
}

const besides = (path: string, file: string) => (isAbsolute(file) ? file : join(dirname(path), file));
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
