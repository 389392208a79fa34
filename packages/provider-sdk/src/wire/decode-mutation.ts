import type * as wire from '@virtrigaud/grpc-contract/server';
import type { Owner } from '../domain/owner.ts';
import { invalidField } from '../provider-error.ts';

/** Who asks for a change, under which operation id and leader's term. */
export interface Mutation {
  readonly owner: Owner;
  readonly operationId: string;
  readonly term: bigint;
  /** When it must have begun, by the clock on the wall; undefined for no limit. */
  readonly notAfter: Date | undefined;
}

/** Decodes what every mutation carries. Throws InvalidArgument naming the field's path. */
export function decodeMutation(mutation: wire.Mutation | undefined): Mutation {
  if (!mutation) throw invalidField('mutation', 'is missing');
  if (mutation.operationId === '') throw invalidField('mutation.operation_id', 'is missing');
  return {
    owner: decodeOwner(mutation.owner, 'mutation.owner'),
    operationId: mutation.operationId,
    term: mutation.term,
    notAfter: mutation.notAfter,
  };
}

/** Decodes whose object something is. */
export function decodeOwner(owner: wire.Owner | undefined, at: string): Owner {
  if (!owner) throw invalidField(at, 'is missing');
  if (owner.uid === '') throw invalidField(`${at}.uid`, 'is missing');
  if (owner.kind !== 'VirtualMachine' && owner.kind !== 'VMImage') {
    throw invalidField(`${at}.kind`, 'must be VirtualMachine or VMImage');
  }
  return { ...owner, kind: owner.kind };
}
