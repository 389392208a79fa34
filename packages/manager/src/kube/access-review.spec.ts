import { getEventListeners } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { ApiError, type ApiRequest, type Transport } from '@virtrigaud/kube-runtime';
import { createMemoryLogger } from '@virtrigaud/service-kit';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { RightsWatch, type AccessScope } from './access-review.ts';

interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
}

/** An API server that answers each question as told. */
function watchOf(allows: (right: Asked) => boolean, scope: Partial<AccessScope> = {}) {
  const asked: Asked[] = [];
  const request = async ({ body }: ApiRequest) => {
    const right = (body as { readonly spec: { readonly resourceAttributes: Asked } }).spec.resourceAttributes;
    asked.push(right);
    return { status: { allowed: allows(right) } };
  };
  const clock = new VirtualClock();
  const logger = createMemoryLogger();
  const transport = { request } as Partial<Transport> as Transport;
  const watch = new RightsWatch({ transport, clock, logger, namespace: undefined, leaseNamespace: 'ops', ...scope });
  return { watch, asked, clock, logger };
}
const turns = async () => {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
};
const stop = () => new AbortController();

describe('RightsWatch', () => {
  it('asks once where nothing is missing', async () => {
    const { watch, asked, logger } = watchOf(() => true);
    await watch.run(stop().signal);
    expect([watch.missing, logger.entries, asked.length]).toEqual([
      [],
      [],
      new Set(asked.map((each) => JSON.stringify(each))).size,
    ]);
    expect(asked).toContainEqual(expect.objectContaining({ verb: 'update', resource: 'leases', namespace: 'ops' }));
  });

  it('asks for no right over all namespaces where it works in one', async () => {
    const { watch, asked } = watchOf(() => true, { namespace: 'shop' });
    await watch.run(stop().signal);
    const everywhere = asked.filter(({ namespace }) => namespace === undefined);
    expect(everywhere).toEqual([expect.objectContaining({ verb: 'get', resource: 'namespaces' })]);
  });

  it('P37 names what is missing, once, and asks again until it is there', async () => {
    let isGranted = false;
    const { watch, clock, logger } = watchOf(
      ({ verb, resource }) => isGranted || verb !== 'patch' || resource !== 'events',
    );
    const running = watch.run(stop().signal);
    await turns();
    expect(watch.missing).toEqual(['patch events']);
    clock.advance(5_000);
    await turns();
    isGranted = true;
    clock.advance(5_000);
    await running;
    expect(watch.missing).toEqual([]);
    expect(logger.entries.map(({ level }) => level)).toEqual(['error', 'info']);
  });

  it('is content where the API server knows of no rights', async () => {
    const { watch } = watchOf(() => {
      throw new ApiError('Status', 'not found', { status: 404 });
    });
    await watch.run(stop().signal);
    expect(watch.missing).toEqual([]);
  });

  it('keeps nothing of the times that it has asked', async () => {
    const { watch, clock } = watchOf(({ resource }) => resource !== 'secrets');
    const end = stop();
    const running = watch.run(end.signal);
    for (let times = 0; times < 5; times += 1) {
      await turns();
      expect(getEventListeners(end.signal, 'abort')).toHaveLength(1);
      clock.advance(5_000);
    }
    end.abort();
    await running;
  });

  it('takes no failure for a right that is there: it asks again', async () => {
    let failures = 1;
    const { watch, clock, logger } = watchOf(({ resource }) => {
      if (failures-- > 0) throw new ApiError('Unreachable', 'no answer');
      return resource !== 'secrets';
    });
    const end = stop();
    const running = watch.run(end.signal);
    await turns();
    expect([watch.missing, logger.entries.map(({ level }) => level)]).toEqual([[], ['warn']]);
    clock.advance(5_000);
    await turns();
    expect(watch.missing).toEqual(['get secrets']);
    end.abort();
    await running;
  });
});
