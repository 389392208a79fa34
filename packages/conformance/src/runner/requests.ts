import type {
  CreateRequest,
  Mutation,
  Owner,
  PartialMessage,
  VirtualMachineSpec,
} from '@virtrigaud/grpc-contract/client';
import { createHash } from 'node:crypto';
import type { Profile } from '../profile.ts';
import { show } from './show.ts';

export const MIB = 1024n ** 2n;

/** The term of every call that is not about terms. */
export const TERM = 1n;

/** An operation id as the contract has them: verb, owner and parameters. */
export function operationId(verb: string, owner: Owner, parameters: unknown): string {
  const hash = createHash('sha256').update(show(parameters)).digest('hex').slice(0, 12);
  return `${verb}-${owner.uid}-${hash}`;
}

/** What every mutation carries. */
export function mutationOf(
  verb: string,
  owner: Owner,
  {
    parameters,
    term = TERM,
    notAfter,
  }: { readonly parameters?: unknown; readonly term?: bigint; readonly notAfter?: Date } = {},
): Mutation {
  return { operationId: operationId(verb, owner, parameters ?? ''), owner, term, notAfter };
}

/** The smallest VM that the profile allows. */
export function specOf(
  owner: Owner,
  profile: Profile,
  preparedImage: string | undefined,
): PartialMessage<VirtualMachineSpec> {
  const { image, network, storage, limits } = profile;
  const ref = preparedImage === undefined ? image : { preparedId: preparedImage };
  return {
    name: `${owner.namespace}.${owner.name}`,
    compute: { cpus: limits.cpus, memoryBytes: BigInt(limits.memoryMiB) * MIB },
    ...(ref ? { boot: { source: { $case: 'image' as const, value: ref } } } : {}),
    nics: { items: network === undefined ? [] : [{ name: 'default', network }] },
    ...(storage === undefined ? {} : { placement: { datastore: storage } }),
    extension: profile.extension,
  };
}

/** How a Create of this suite is written. */
export type CreateMessage = PartialMessage<CreateRequest>;
