import { setTimeout as delay } from 'node:timers/promises';
import { API_VERSION, kinds, type KindName } from '@virtrigaud/api-types';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isNotFound,
  isOutcomeUnknown,
  resource,
  type KubeObject,
  type ResourceClient,
  type Transport,
} from '@virtrigaud/kube-runtime';
import type { Operation, Wish } from '../scenario/scenario.ts';

/** An object, as loosely as a person knows it. */
export interface Thing extends KubeObject {
  readonly spec?: unknown;
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/** Tells one deed from a later one on an object of the same name. */
const deedAnnotation = 'chaos.virtrigaud.io/deed';
const retryMs = 100;
const timeoutMs = 5_000;

/** What people do, again until the API server has acknowledged it. */
export class People {
  readonly #transport: Transport;
  #deeds = 0;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  client(kind: KindName): ResourceClient<Thing> {
    const { group, version, plural, namespaced } = kinds[kind];
    return resource(this.#transport, { group, version, plural, kind, namespaced });
  }

  async perform(operation: Operation): Promise<'done' | 'skipped'> {
    switch (operation.kind) {
      case 'apply':
        return this.create('VirtualMachine', operation.vm, specOf(operation.wish));
      case 'edit':
      case 'move':
        return this.#change(operation.vm, operation.wish);
      case 'delete':
        return this.#delete(operation.vm);
    }
  }

  async create(kind: KindName, name: string, spec: object): Promise<'done' | 'skipped'> {
    this.#deeds += 1;
    const deed = String(this.#deeds);
    const metadata = { namespace: 'default', name, annotations: { [deedAnnotation]: deed } };
    return persistently(async () => {
      try {
        await this.client(kind).create({ apiVersion: API_VERSION, kind, metadata, spec }, { timeoutMs });
        return 'done';
      } catch (error) {
        if (!isAlreadyExists(error)) throw error;
        // Where it has just gone, there is nothing to be read either, and the next attempt makes it.
        const there = await this.client(kind).get(`default/${name}`, { timeoutMs }).catch(unlessNotFound(error));
        return there.metadata.annotations?.[deedAnnotation] === deed ? 'done' : 'skipped';
      }
    });
  }

  /** Everything of a kind. */
  async list(kind: KindName): Promise<readonly Thing[]> {
    return persistently(async () => (await this.client(kind).list({ namespace: 'default', timeoutMs })).items);
  }

  #change(vm: string, wish: Wish): Promise<'done' | 'skipped'> {
    const { imageRef: _image, vanishedPolicy: _policy, ...spec } = specOf(wish);
    return persistently(async () => {
      try {
        const { metadata } = await this.client('VirtualMachine').get(`default/${vm}`, { timeoutMs });
        if (metadata.deletionTimestamp !== undefined) return 'skipped';
        const preconditions = { uid: metadata.uid };
        await this.client('VirtualMachine').mergePatch(`default/${vm}`, { spec }, { timeoutMs, preconditions });
        return 'done';
      } catch (error) {
        if (isNotFound(error)) return 'skipped';
        throw error;
      }
    });
  }

  async #delete(vm: string): Promise<'done' | 'skipped'> {
    let uid: string | undefined;
    return persistently(async () => {
      try {
        const { metadata } = await this.client('VirtualMachine').get(`default/${vm}`, { timeoutMs });
        if (uid !== undefined && (metadata.uid !== uid || metadata.deletionTimestamp !== undefined)) return 'done';
        if (metadata.deletionTimestamp !== undefined) return 'skipped';
        uid = metadata.uid;
        await this.client('VirtualMachine').delete(`default/${vm}`, { timeoutMs, preconditions: { uid } });
        return 'done';
      } catch (error) {
        if (isNotFound(error)) return uid === undefined ? 'skipped' : 'done';
        throw error;
      }
    });
  }
}

function unlessNotFound(instead: ApiError): (error: unknown) => never {
  return (error) => {
    throw isNotFound(error) ? instead : error;
  };
}

/** Again for as long as the API server does not answer, or somebody else was quicker. */
async function persistently<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const isWorthIt =
        isOutcomeUnknown(error) ||
        isConflict(error) ||
        isAlreadyExists(error) ||
        (error instanceof ApiError && !error.sent);
      if (!isWorthIt) throw error;
      await delay(retryMs);
    }
  }
}

function specOf(wish: Wish) {
  return {
    providerRef: { name: wish.provider },
    imageRef: { name: wish.image },
    resources: { cpu: wish.cpu, memory: `${String(wish.memoryGiB)}Gi` },
    powerState: wish.power,
    tags: wish.tags,
    disks: Object.entries(wish.disks).map(([name, gib]) => ({ name, size: `${String(gib)}Gi` })),
    vanishedPolicy: wish.vanishedPolicy,
  };
}
