import type { CheckGroup } from '@virtrigaud/conformance';
import { Code, ContractError, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { Instance, LabCloud } from '../fixtures/memory-lab.ts';

/** A provider that breaks one promise: the honest one, with some of its calls answered otherwise. */
export interface Mutant {
  /** The check that has to find it. */
  readonly breaks: string;
  /** What it does wrong, in words that go on from "a provider that". */
  readonly that: string;
  /** The honest provider: the SDK's example, or the mock for what the example cannot do. */
  readonly on?: 'mock';
  /** A group that has nothing to do with it, and has to pass. */
  readonly spares: CheckGroup;
  wrap(honest: ProviderClient, cloud: LabCloud): Partial<ProviderClient>;
}

type Requests = {
  [M in keyof ProviderClient]: ProviderClient[M] extends (request: infer R, options: never) => unknown ? R : never;
};
export type Request<M extends keyof ProviderClient> = Requests[M];

/** Answers with an error of the contract. */
export function refuse(code: Code, reason?: string): Promise<never> {
  return Promise.reject(new ContractError({ code, reason, message: 'a mutant says so' }));
}

/** Fails as the honest one did. */
export function rethrow(error: unknown): never {
  throw error;
}

export const absent = () => refuse(Code.NOT_FOUND, 'VM_ABSENT');
export const invalid = () => refuse(Code.INVALID_ARGUMENT, 'INVALID_FIELD');

/** Whose request it is. */
export const uidOf = (request: {
  readonly mutation?: { readonly owner?: { readonly uid?: string | undefined } | undefined } | undefined;
}) => request.mutation?.owner?.uid ?? '';

/** The same request under another term. */
export function withTerm<R extends { readonly mutation?: object | undefined }>(request: R, term: bigint): R {
  return { ...request, mutation: { ...request.mutation, term } };
}

/** The same request in the name of whoever owns the instance of that id. */
export function inNameOf<R extends { readonly mutation?: object | undefined }>(
  request: R,
  instance: Instance | undefined,
): R {
  if (!instance) return request;
  const [namespace = '', name = ''] = (instance.tags['virtrigaud-owner'] ?? '').split('/');
  const clusterId = instance.tags['virtrigaud-cluster'] ?? '';
  const owner = { clusterId, namespace, name, uid: instance.tags['virtrigaud-uid'] ?? '', kind: 'VirtualMachine' };
  return { ...request, mutation: { ...request.mutation, owner } };
}

/** Writes another owner's stamp on an instance. */
export function restamp(instance: Instance, { mutation }: Pick<Request<'create'>, 'mutation'>): void {
  const { clusterId = '', namespace = '', name = '', uid = '' } = mutation?.owner ?? {};
  instance.tags = {
    'virtrigaud-cluster': clusterId,
    'virtrigaud-owner': `${namespace}/${name}`,
    'virtrigaud-uid': uid,
    'virtrigaud-carrier': instance.id,
  };
}

/** Answers the second of two calls with one operation id from memory. */
export function replayed<
  R extends { readonly mutation?: { readonly operationId?: string | undefined } | undefined },
  O,
  A,
>(call: (request: R, options: O) => Promise<A>): (request: R, options: O) => Promise<A> {
  const answers = new Map<string, Promise<A>>();
  return (request, options) => {
    const id = request.mutation?.operationId ?? '';
    const answer = answers.get(id) ?? call(request, options);
    answers.set(id, answer);
    return answer;
  };
}
