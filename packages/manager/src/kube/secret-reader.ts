import { isNotFound, resource, type Transport } from '@virtrigaud/kube-runtime';
import { secretResource } from './resources.ts';

/** Reads one Secret by name, values decoded; undefined: there is none. Secrets are never listed or watched. */
export type SecretReader = (
  namespace: string,
  name: string,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, string>> | undefined>;

export function createSecretReader(transport: Transport): SecretReader {
  const secrets = resource(transport, secretResource);
  return async (namespace, name, signal) => {
    try {
      const { data } = await secrets.get(`${namespace}/${name}`, { signal });
      return Object.fromEntries(
        Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
      );
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  };
}
