import { API_VERSION, kinds, type KindName } from '@virtrigaud/api-types';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isNotFound,
  resource,
  type KubeObject,
  type Transport,
} from '@virtrigaud/kube-runtime';
import type { Operation, Wish } from '../scenario/scenario.ts';

interface Thing extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

/** The spec that a wish stands for. */
function specOf({ provider, image, cpu, memoryGiB, power, tags, disks, vanishedPolicy }: Wish) {
  return {
    providerRef: { name: provider },
    imageRef: { name: image },
    resources: { cpu, memory: `${String(memoryGiB)}Gi` },
    powerState: power,
    tags: [...tags],
    disks: Object.entries(disks).map(([name, gib]) => ({ name, size: `${String(gib)}Gi` })),
    networks: [],
    vanishedPolicy,
  };
}

/** People who keep at it until the API server has said yes. */
export class People {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Makes an object that is not there yet. */
  async create(kind: KindName, name: string, spec: object): Promise<void> {
    await this.#untilAnswered(async () => {
      const object = { apiVersion: API_VERSION, kind, metadata: { namespace: 'default', name }, spec };
      await this.#client(kind)
        .create(object as never)
        .catch(unless(isAlreadyExists));
    });
  }

  async perform(operation: Operation): Promise<'done' | 'skipped'> {
    const machines = this.#client('VirtualMachine');
    const key = `default/${operation.vm}` as const;
    return this.#untilAnswered(async () => {
      if (operation.kind === 'delete') {
        await machines.delete(key).catch(unless(isNotFound));
        return 'done';
      }
      const spec = specOf(operation.wish);
      if (operation.kind === 'apply') {
        const metadata = { namespace: 'default', name: operation.vm };
        const object = { apiVersion: API_VERSION, kind: 'VirtualMachine', metadata, spec };
        const made = await machines.create(object as never).catch(unless(isAlreadyExists));
        if (made) return 'done';
      }
      // One that is being deleted is not what the script means, and may refuse what is wanted of another.
      const found = await machines.get(key).catch(unless(isNotFound));
      if (!found || found.metadata.deletionTimestamp) return 'skipped';
      const { imageRef: _frozen, ...changes } = spec;
      const edited = await machines.mergePatch(key, { spec: changes }).catch(unless(isNotFound));
      return edited && !edited.metadata.deletionTimestamp ? 'done' : 'skipped';
    });
  }

  #client(kind: KindName) {
    const { group, version, plural, namespaced } = kinds[kind];
    return resource<Thing>(this.#transport, { group, version, plural, kind, namespaced });
  }

  async #untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (isRefusal(error) && !isConflict(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}

function isRefusal(error: unknown): boolean {
  return !(error instanceof ApiError) || (error.code === 'Status' && error.status < 500 && error.status !== 429);
}

function unless(isExpected: (error: unknown) => boolean) {
  return (error: unknown): undefined => {
    if (!isExpected(error)) throw error;
  };
}
