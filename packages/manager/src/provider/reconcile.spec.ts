import { beforeEach, describe, expect, it } from '@jest/globals';
import { Finalizer, type Provider, type ProviderStatus } from '@virtrigaud/api-types';
import type { Result } from '@virtrigaud/kube-runtime';
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
