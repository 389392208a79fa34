import { beforeEach, describe, expect, it } from '@jest/globals';
import { Finalizer, type Provider, type ProviderStatus } from '@virtrigaud/api-types';
import { ApiError, type Result } from '@virtrigaud/kube-runtime';
import { Inventory } from '../inventory/inventory.ts';
import { aState, uid } from '../testing/builders.ts';
import { providerObject } from '../testing/objects.ts';
import { connectedState, running } from '../testing/provider-observation.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { workloadSpec, type Home } from './provider-homes.ts';
import { reconcileProvider, type ProviderDeps } from './reconcile.ts';

describe('what is counted of the machines of a Provider', () => {
  let clock: VirtualClock;
  let inventory: Inventory;
  let provider: Provider;
  let statuses: ProviderStatus[];
  let home: Home;

  beforeEach(() => {
    clock = new VirtualClock();
    const nobody = () => undefined;
    inventory = new Inventory({ changed: nobody, healthChanged: nobody, nameFreed: nobody, confirmed: nobody });
    inventory.bookmark(true);
    provider = providerObject({ metadata: { finalizers: [Finalizer.Provider] } });
    statuses = [];
    home = {
      uid: provider.metadata.uid,
      secret: { kind: 'NotNamed' },
      runtime: { state: running.state, spec: workloadSpec(provider) },
      connection: { to: { state: connectedState, inventory, setDefaults: nobody } },
    } as unknown as Home;
  });

  const reconcile = (): Promise<Result> =>
    reconcileProvider(
      'shop/lab',
      {
        raw: () => provider,
        boundVms: () => [],
        isOwned: () => false,
        namespace: undefined,
        homes: { get: () => home },
        clock,
        countVms: () => undefined,
        shrinkIs: () => undefined,
        note: () => undefined,
        writeStatus: async (_seen: unknown, status: ProviderStatus) => {
          statuses.push(status);
          provider = { ...provider, status };
        },
      } as unknown as ProviderDeps,
      { signal: new AbortController().signal, correlationId: 'c' },
    );
  const orphan = (owner: string) => {
    inventory.upsert(aState({ id: owner, owner: { ...aState().owner, uid: owner } }));
    inventory.forget(owner);
  };

  it('P24 is written when it changes, and of a thousand changes at most once in ten seconds', async () => {
    expect(await reconcile()).toEqual({ kind: 'done' });
    orphan(uid);
    expect(await reconcile()).toEqual({ kind: 'done' });
    expect(statuses.map(({ unowned }) => unowned?.count)).toEqual([undefined, 1]);
    for (const other of ['second', 'third']) {
      clock.advance(1_000);
      orphan(other);
      expect(await reconcile()).toMatchObject({ kind: 'requeue' });
    }
    expect(await reconcile()).toEqual({ kind: 'requeue', afterMs: 8_000 });
    expect(statuses).toHaveLength(2);
    clock.advance(8_000);
    expect(await reconcile()).toEqual({ kind: 'done' });
    expect(statuses.map(({ unowned }) => unowned?.count)).toEqual([undefined, 1, 3]);
  });

  it('does not hold up what else there is to say', async () => {
    await reconcile();
    orphan(uid);
    await reconcile();
    orphan('second');
    provider = { ...provider, metadata: { ...provider.metadata, generation: 2 } };
    await reconcile();
    expect(statuses.at(-1)).toMatchObject({ observedGeneration: 2, unowned: { count: 2 } });
  });
});

describe('a finalizer that the API server does not write', () => {
  /** What is written of a Provider whose finalizer fails so. */
  async function writtenAfter(failure: ApiError, metadata: object): Promise<ProviderStatus[]> {
    const written: ProviderStatus[] = [];
    const provider = providerObject({ metadata });
    const deps = {
      raw: () => provider,
      boundVms: () => [],
      isOwned: () => false,
      namespace: undefined,
      homes: { get: () => undefined, close: async () => undefined },
      clock: new VirtualClock(),
      addFinalizer: () => Promise.reject(failure),
      removeFinalizer: () => Promise.reject(failure),
      writeStatus: async (_seen: unknown, status: ProviderStatus) => void written.push(status),
    } as unknown as ProviderDeps;
    const context = { signal: new AbortController().signal, correlationId: 'c' };
    await expect(reconcileProvider('shop/lab', deps, context)).rejects.toBe(failure);
    return written;
  }
  const failing = (status: number) =>
    new ApiError('Status', 'admission webhook "w" denied the request: no', { status });
  const deleting = { finalizers: [Finalizer.Provider], deletionTimestamp: '2026-01-01T00:00:00Z' };

  it.each([
    { what: 'added', metadata: {}, status: 403 },
    { what: 'added', metadata: {}, status: 400 },
    { what: 'added', metadata: {}, status: 422 },
    { what: 'removed', metadata: deleting, status: 403 },
  ])(
    'P37 is said where it may not be $what ($status), in the words of who refuses it',
    async ({ metadata, status }) => {
      const [written, ...others] = await writtenAfter(failing(status), metadata);
      expect(others).toEqual([]);
      expect(written?.conditions).toContainEqual(
        expect.objectContaining({
          type: 'Ready',
          status: 'False',
          reason: 'PermissionDenied',
          message: expect.stringMatching(/^admission webhook "w" denied the request: no; give the manager the right/),
        }),
      );
    },
  );

  it.each([404, 409, 429, 500])('is not called refused where it only failed (%i)', async (status) => {
    expect(await writtenAfter(failing(status), {})).toEqual([]);
  });
});
