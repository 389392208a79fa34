import { defineProvider, nameTaken, ownershipOf, poll, stamp, stampOf, withoutStamp } from '@virtrigaud/provider-sdk';
import { randomUUID } from 'node:crypto';

/** An instance of a cloud that lives in this process. */
interface Instance {
  readonly id: string;
  readonly name: string;
  running: boolean;
  cpus: number;
  memoryBytes: number;
  tags: Readonly<Record<string, string>>;
}

/** The cloud: what a client library of a real one would give. */
export class MemoryCloud {
  readonly account = randomUUID();
  readonly instances = new Map<string, Instance>();
}

/** A whole provider: list, find, the effects, and how to see what changed. */
export const memoryCloudProvider = (cloud: MemoryCloud) =>
  defineProvider({
    type: 'memory-cloud',
    version: '0.1.0',
    connect: async () => cloud,
    hypervisor: async ({ account }) => ({ id: account, version: '1' }),
    vms: {
      list: ({ instances }) => instances.values(),
      find: async ({ instances }, owner) =>
        [...instances.values()].filter((i) => stampOf(i.tags)?.owner.uid === owner.uid),
      toState: (i) => ({
        id: i.id,
        name: i.name,
        power: i.running ? 'On' : 'Off',
        cpus: i.cpus,
        memoryBytes: i.memoryBytes,
        tags: withoutStamp(i.tags),
        ...ownershipOf(stampOf(i.tags), i.id),
      }),
      create: async ({ instances }, { name, compute, tags }, { owner }) => {
        const id = owner.uid;
        if (instances.has(id)) throw nameTaken(name);
        const instance = { id, name, running: false, ...compute, tags: { ...tags, ...stamp(owner, id) } };
        instances.set(id, instance);
        return instance;
      },
      delete: async ({ instances }, { id }) => instances.delete(id),
      release: async (_cloud, instance) => (instance.tags = withoutStamp(instance.tags)),
      adopt: async (_cloud, i, { owner }) => (i.tags = { ...withoutStamp(i.tags), ...stamp(owner, i.id) }),
      power: {
        on: async (_cloud, instance) => (instance.running = true),
        off: async (_cloud, instance) => (instance.running = false),
      },
      resize: async (_cloud, instance, { cpus = instance.cpus, memoryBytes = instance.memoryBytes }) =>
        Object.assign(instance, { cpus, memoryBytes }),
    },
    inventory: poll({ everyMs: 1_000 }),
  });
