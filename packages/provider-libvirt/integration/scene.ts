import {
  PowerState,
  TaskState,
  type CreateRequest,
  type Owner,
  type PartialMessage,
  type ProviderClient,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import provider from '../src/index.ts';
import { eventually } from './eventually.ts';
import type { Lab } from './lab.ts';

/** Making a VM defines, which some hosts take seconds for. */
export const SLOW = { timeoutMs: 120_000 } as const;
export const MIB = 1024n ** 2n;

/** Serves the provider for this host's libvirt and gives a client to `run`. */
export function served<T>(run: (client: ProviderClient) => Promise<T>): Promise<T> {
  return withServedProvider(provider, { endpoint: 'qemu:///system' }, ({ client }) => run(client));
}

/** An owner in the lab's namespace, or another one that only this lab has. */
export function anOwner(lab: Lab, name: string, namespace = lab.namespace): Owner {
  return { clusterId: 'lab', namespace, name, uid: lab.newUid(), kind: 'VirtualMachine' };
}

/** Imports the guest's image, and answers its prepared id. */
export async function prepareImage(client: ProviderClient, lab: Lab): Promise<string> {
  const owner: Owner = { ...anOwner(lab, 'guest'), kind: 'VMImage' };
  const image = { path: lab.imagePath, storage: lab.pool };
  const mutation = { operationId: `image-${owner.uid}`, owner, term: 1n };
  const { task } = await client.imagePrepare({ mutation, image }, SLOW);
  const done = await eventually('the image is imported', async () => {
    const { task: now } = await client.taskStatus({ id: task?.id ?? '' }, SLOW);
    return now?.state === TaskState.RUNNING ? undefined : now;
  });
  if (done.state !== TaskState.SUCCEEDED) throw new Error(`the import failed: ${done.error?.message ?? ''}`);
  return done.resultId;
}

/** What a small VM from the image is asked for with. */
export function aCreate(
  lab: Lab,
  owner: Owner,
  preparedId: string,
  overrides: PartialMessage<CreateRequest> = {},
): PartialMessage<CreateRequest> {
  return {
    mutation: { operationId: `create-${owner.uid}-1`, owner, term: 1n },
    initialPower: PowerState.ON,
    ...overrides,
    spec: {
      name: `${owner.namespace}.${owner.name}`,
      compute: { cpus: 1, memoryBytes: 256n * MIB },
      boot: { source: { $case: 'image', value: { preparedId } } },
      nics: { items: [{ name: 'default', network: lab.network }] },
      placement: { datastore: lab.pool },
      extension: { 'libvirt.virtType': 'qemu' },
      ...overrides.spec,
    },
  };
}

/** A mutation of the owner. */
export const aMutation = (owner: Owner, verb: string) => ({ operationId: `${verb}-${owner.uid}-1`, owner, term: 1n });

/** What the provider says of the owner's VM now. */
export async function describeVm(client: ProviderClient, owner: Owner): Promise<VirtualMachineState> {
  const { vm } = await client.describe({ owner }, SLOW);
  if (!vm) throw new Error('Describe answered nothing');
  return vm;
}
