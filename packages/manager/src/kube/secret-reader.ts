import { isForbidden, isNotFound, resource, type Transport } from '@virtrigaud/kube-runtime';
import { secretResource } from './resources.ts';

/** A Secret that the manager's account may not read. */
export class ForbiddenSecret {
  /** The API server's own words. */
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

/** The values of a Secret, decoded; undefined: there is none. */
export type SecretAnswer = Readonly<Record<string, string>> | ForbiddenSecret | undefined;

/** Reads one Secret by name. Secrets are never listed or watched. */
export type SecretReader = (namespace: string, name: string, signal: AbortSignal) => Promise<SecretAnswer>;

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
      if (isForbidden(error)) return new ForbiddenSecret(error.message);
      throw error;
    }
  };
}
