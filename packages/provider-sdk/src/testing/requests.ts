import type {
  CreateRequest,
  Mutation,
  Owner,
  PartialMessage,
  VirtualMachineSpec,
} from '@virtrigaud/grpc-contract/client';

/** An owner with a UUID that follows from the name, so that a failing test reads the same each time. */
export function anOwner(name = 'web', overrides: Partial<Owner> = {}): Owner {
  const digits = Buffer.from(name.padEnd(6, '-')).toString('hex').slice(0, 12);
  return {
    clusterId: 'cluster-1',
    namespace: 'default',
    name,
    uid: `00000000-0000-4000-8000-${digits}`,
    kind: 'VirtualMachine',
    ...overrides,
  };
}

/** What a mutation of the owner carries. */
export function aMutation(owner: Owner, verb = 'create', overrides: Partial<Mutation> = {}): Mutation {
  return { operationId: `${verb}-${owner.uid}-1`, owner, term: 1n, notAfter: undefined, ...overrides };
}

/** A small VM of the owner. */
export function aSpec(
  owner: Owner,
  overrides: PartialMessage<VirtualMachineSpec> = {},
): PartialMessage<VirtualMachineSpec> {
  return {
    name: `${owner.namespace}.${owner.name}`,
    compute: { cpus: 1, memoryBytes: 256n * 1024n ** 2n },
    ...overrides,
  };
}

/** Asks for a small VM of the owner. */
export function aCreateRequest(
  owner: Owner,
  overrides: PartialMessage<CreateRequest> = {},
): PartialMessage<CreateRequest> {
  return { mutation: aMutation(owner), spec: aSpec(owner), ...overrides };
}
