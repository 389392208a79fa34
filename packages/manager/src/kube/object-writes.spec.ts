import { beforeEach, describe, expect, it } from '@jest/globals';
import { Finalizer } from '@virtrigaud/api-types';
import { createInformer, objectKey, type ApiRequest, type Informer, type Transport } from '@virtrigaud/kube-runtime';
import { aVm } from '../testing/builders.ts';
import { clientOf } from './informers.ts';
import { createObjectWrites, type ObjectWrites } from './object-writes.ts';
import type { RawObject } from './resources.ts';

type Body = Record<'metadata' | 'status', Record<string, unknown> | undefined>;

/** An API server of one object, whose watch brings nothing: all that is known of a write is its answer. */
class SilentServer implements Transport {
  readonly host = 'silent';
  readonly requests: ApiRequest[] = [];
  #stored: RawObject;

  constructor(stored: RawObject) {
    this.#stored = stored;
  }

  async request(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    const { metadata, status } = request.body as Body;
    const resourceVersion = String(Number(this.#stored.metadata.resourceVersion) + 1);
    this.#stored = {
      ...this.#stored,
      ...(status && { status }),
      metadata: { ...this.#stored.metadata, ...metadata, resourceVersion },
    };
    return this.#stored;
  }

  stream(): AsyncIterable<unknown> {
    throw new Error('nobody is to watch');
  }

  async close(): Promise<void> {
    // Nothing is open.
  }
}

describe('createObjectWrites', () => {
  let server: SilentServer;
  let informer: Informer<RawObject>;
  let writes: ObjectWrites;
  const first = aVm({ metadata: { resourceVersion: '7', finalizers: [] } }) as unknown as RawObject;
  const key = objectKey(first.metadata);
  const shown = () => informer.store.get(key) as RawObject & { readonly status?: unknown };

  beforeEach(() => {
    server = new SilentServer(first);
    const client = clientOf(server, 'VirtualMachine');
    informer = createInformer({ client });
    informer.store.overlay(first);
    writes = createObjectWrites(client, informer, Finalizer.VirtualMachine);
  });

  it('shows what it wrote before the watch does, so that the next plan is not made of what was before', async () => {
    await writes.addFinalizer(shown());
    expect(shown().metadata).toMatchObject({ resourceVersion: '8', finalizers: [Finalizer.VirtualMachine] });
    await writes.writeStatus(shown(), { phase: 'Running' });
    expect(shown()).toMatchObject({ metadata: { resourceVersion: '9' }, status: { phase: 'Running' } });
    expect(writes.isOwn(shown())).toBe(true);
    expect(writes.isOwn(first)).toBe(false);
  });

  it('writes nothing again that it has just written', async () => {
    await writes.writeStatus(shown(), { phase: 'Running' });
    await writes.writeStatus(shown(), { phase: 'Running' });
    expect(server.requests).toHaveLength(1);
  });

  it("shows what another's finalizer still holds, without ours", async () => {
    await writes.addFinalizer(shown());
    const held = { ...shown(), metadata: { ...shown().metadata, finalizers: [Finalizer.VirtualMachine, 'a.b/c'] } };
    await writes.removeFinalizer(held);
    expect(shown().metadata).toMatchObject({ resourceVersion: '9', finalizers: ['a.b/c'] });
  });

  it('hides what is gone with its last finalizer, before the watch does', async () => {
    await writes.addFinalizer(shown());
    await writes.removeFinalizer(shown());
    expect(shown()).toBeUndefined();
  });
});
