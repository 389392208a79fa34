import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KindName } from '@virtrigaud/api-types';
import fc from 'fast-check';
import type { ApiWrite } from './stack/api-tap.ts';
import type { Thing } from './stack/stack.ts';
import { TappedStack } from './stack/tapped-stack.ts';
import { until } from './stack/until.ts';

const names = ['a', 'b', 'c'] as const;
/** What a person, or the world, does to the machine of that name. */
const action = fc.record({
  name: fc.constantFrom(...names),
  act: fc.constantFrom(
    'resize',
    'power',
    'restart',
    'policy',
    'look',
    'delete',
    'drift',
    'vanish',
    'provider',
    'image',
  ),
  number: fc.integer({ min: 1, max: 4 }),
});
type Action = { readonly name: string; readonly act: string; readonly number: number };

describe('what people write is theirs', () => {
  let tapped: TappedStack;
  /** Each object as its owner has written it last. */
  const written = new Map<string, Thing>();
  const keep = (kind: KindName, thing: Thing) => written.set(`${kind} ${thing.metadata.name}`, thing);

  beforeAll(async () => {
    tapped = await TappedStack.start();
    await tapped.stack.lab();
    for (const [kind, name] of [
      ['Provider', 'lab'],
      ['VMImage', 'debian'],
    ] as const)
      keep(kind, (await tapped.stack.get(kind, `default/${name}`)) as Thing);
    keep('VMClass', await tapped.stack.create('VMClass', 'default/small', { cpu: 1, memory: '1Gi' }));
    keep(
      'VMNetworkAttachment',
      await tapped.stack.create('VMNetworkAttachment', 'default/lan', {
        network: { custom: [{ type: 'mock', network: 'lan' }] },
      }),
    );
  });

  afterAll(async () => {
    await tapped.stop();
  });

  async function edit(kind: KindName, name: string, patch: object): Promise<void> {
    keep(kind, await tapped.stack.edit(kind, `default/${name}`, patch));
  }

  async function act({ name, act: what, number }: Action): Promise<void> {
    const { stack } = tapped;
    const key = `default/${name}`;
    const annotate = (annotation: string) => ({
      metadata: { annotations: { [`virtrigaud.io/${annotation}`]: String(tokens++) } },
    });
    if (!written.has(`VirtualMachine ${name}`))
      keep('VirtualMachine', await stack.createVm(key, { classRef: { name: 'small' }, resources: undefined }));
    const isThere = (await stack.hypervisor.vm(`default.${name}`)) !== undefined;
    switch (what) {
      case 'resize':
        return edit('VirtualMachine', name, { spec: { resources: { cpu: number, memory: `${String(number)}Gi` } } });
      case 'power':
        return edit('VirtualMachine', name, { spec: { powerState: ['On', 'Off', 'OffGraceful', 'On'][number - 1] } });
      case 'restart':
        return edit('VirtualMachine', name, annotate('restart'));
      case 'policy':
        return edit('VirtualMachine', name, {
          spec: { updatePolicy: ['Online', 'PowerCycle', 'Never', 'Online'][number - 1], vanishedPolicy: 'Recreate' },
        });
      case 'look':
        return edit('VirtualMachine', name, annotate('reconcile-now'));
      case 'delete':
        await stack.delete('VirtualMachine', key);
        await stack.gone('VirtualMachine', key);
        written.delete(`VirtualMachine ${name}`);
        return;
      case 'drift':
        if (isThere) await stack.hypervisor.change(`default.${name}`, { power: 'off' });
        return;
      case 'vanish':
        if (isThere) await stack.hypervisor.remove(`default.${name}`);
        return;
      case 'provider':
        return edit('Provider', 'lab', { spec: { healthCheck: { interval: `${String(number)}0s` } } });
      case 'image':
        return edit('VMImage', 'debian', annotate('reconcile-now'));
    }
  }
  let tokens = 0;

  it('P71 no controller writes a spec, or anything but finalizers and status, whatever happens', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 8, maxLength: 8 }), async (actions) => {
        for (const each of actions) await act(each);
        await allSeen(tapped, written);
      }),
      { seed: 71, numRuns: 6, endOnFailure: true },
    );
    expect(tapped.api.writes.filter((write) => !isAllowed(write))).toEqual([]);
    // Whoever may do that has all rights that are asked for.
    expect(await tapped.stack.readyz()).toMatch(/^200/);
    const kinds = new Set(
      tapped.api.writes.flatMap(({ path }) => /\/(providers|vmimages|virtualmachines)\//.exec(path)?.[1] ?? []),
    );
    expect([...kinds].sort()).toEqual(['providers', 'virtualmachines', 'vmimages']);
    for (const [key, before] of written) {
      const [kind = '', name = ''] = key.split(' ');
      const now = await tapped.stack.get(kind as KindName, `default/${name}`);
      expect({ key, spec: now?.spec, generation: now?.metadata.generation }).toEqual({
        key,
        spec: before.spec,
        generation: before.metadata.generation,
      });
    }
  }, 120_000);
});

/** Waits until the manager has looked at everything as it was written last. */
async function allSeen({ stack }: TappedStack, written: ReadonlyMap<string, Thing>): Promise<void> {
  for (const [key, before] of written) {
    const [kind = '', name = ''] = key.split(' ');
    if (kind === 'VMClass' || kind === 'VMNetworkAttachment') continue;
    await until(
      `${key} was looked at`,
      async () => {
        const status = (await stack.get(kind as KindName, `default/${name}`))?.status as
          { observedGeneration?: number } | undefined;
        return status?.observedGeneration === before.metadata.generation;
      },
      () => stack.manager.log(),
    );
  }
}

/** Finalizers and status of our kinds, under the uid and version that were read; its Lease; Events. */
function isAllowed({ method, path, body }: ApiWrite): boolean {
  if (path.startsWith('/apis/coordination.k8s.io/v1/')) return path.includes('/leases');
  // Asks for its rights: nothing is kept.
  if (path === '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews') return true;
  if (path.endsWith('/events') || /\/events\/[^/]+$/.test(path)) return true;
  if (method !== 'PATCH' || !path.startsWith('/apis/infra.virtrigaud.io/')) return false;
  const { metadata = {}, ...others } = body as { readonly metadata?: object };
  const parts = [
    ...Object.keys(metadata).filter((key) => key !== 'uid' && key !== 'resourceVersion'),
    ...Object.keys(others),
  ];
  return parts.join() === (path.endsWith('/status') ? 'status' : 'finalizers');
}
