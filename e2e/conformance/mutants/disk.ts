import { Code, type DiskState, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { done } from './idempotency.ts';
import { refuse, uidOf, type Mutant, type Request } from './mutant.ts';

type Reconfigure = ProviderClient['reconfigure'];
type Wanted = NonNullable<NonNullable<Request<'reconfigure'>['desired']>['disks']>;

/** Reconfigures disks otherwise; anything else is honest. */
const reconfigures =
  (instead: (honest: ProviderClient, ...args: Parameters<Reconfigure>) => ReturnType<Reconfigure>) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    reconfigure: (request, options) =>
      ['disks', 'root'].some((part) => request.updateMask?.includes(part))
        ? instead(honest, request, options)
        : honest.reconfigure(request, options),
  });

const nothing = (_honest: ProviderClient, request: Request<'reconfigure'>) =>
  Promise.resolve(done(request.mutation?.operationId, 'Reconfigure'));

/** Asks the honest one for other disks. */
const asksFor = (change: (disks: Wanted, before: readonly DiskState[]) => Wanted) =>
  reconfigures(async (honest, request, options) => {
    const { vm } = await honest.describe({ owner: request.mutation?.owner }, options);
    const disks = change(request.desired?.disks ?? [], vm?.disks ?? []);
    return honest.reconfigure({ ...request, desired: { ...request.desired, disks } }, options);
  });

const whenItRuns = (
  instead: (honest: ProviderClient, ...args: Parameters<Reconfigure>) => ReturnType<Reconfigure>,
): Mutant['wrap'] =>
  reconfigures(async (honest, request, options) => {
    const { vm } = await honest.describe({ owner: request.mutation?.owner }, options);
    return vm?.bootedAt ? instead(honest, request, options) : honest.reconfigure(request, options);
  });

/** Shows the disks of VMs otherwise. */
const shows =
  (change: (disks: DiskState[], uid: string) => DiskState[]) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    describe: async (request, options) => {
      const { vm } = await honest.describe(request, options);
      return { vm: vm && { ...vm, disks: change(vm.disks, vm.owner?.uid ?? '') } };
    },
  });

/** Does something before a VM is really deleted. */
const beforeDelete =
  (deed: (honest: ProviderClient, ...args: Parameters<ProviderClient['delete']>) => Promise<unknown>) =>
  (honest: ProviderClient): Partial<ProviderClient> => ({
    delete: async (request, options) => {
      if (!request.releaseOnly) await deed(honest, request, options).catch(() => undefined);
      return honest.delete(request, options);
    },
  });

/** Takes all data disks off a VM. */
async function detachAll(
  honest: ProviderClient,
  { mutation }: Request<'delete'>,
  options: Parameters<Reconfigure>[1],
): Promise<void> {
  const { vm } = await honest.describe({ owner: mutation?.owner }, options);
  const desired = { name: vm?.name, compute: { cpus: vm?.cpus, memoryBytes: vm?.memoryBytes }, disks: [] };
  const detach = { ...mutation, operationId: 'detach' };
  await honest.reconfigure({ mutation: detach, desired, updateMask: ['disks'] }, options);
}

const onMock = { on: 'mock', spares: 'term' } as const;

export const diskMutants: readonly Mutant[] = [
  {
    ...onMock,
    breaks: 'disk/as-asked',
    that: 'makes VMs without data disks',
    wrap: (honest) => ({
      create: (request, options) => honest.create({ ...request, spec: { ...request.spec, disks: [] } }, options),
    }),
  },
  { ...onMock, breaks: 'disk/grown', that: 'says that disks grow, and does nothing', wrap: reconfigures(nothing) },
  { ...onMock, breaks: 'disk/root-grown', that: 'grows all disks but the root', wrap: reconfigures(nothing) },
  {
    ...onMock,
    breaks: 'disk/never-shrinks',
    that: 'takes a smaller size for what is so already',
    wrap: asksFor((disks, before) =>
      disks.map((disk) => {
        const now = before.find(({ name }) => name === disk.name)?.sizeBytes ?? 0n;
        return { ...disk, sizeBytes: (disk.sizeBytes ?? 0n) < now ? now : disk.sizeBytes };
      }),
    ),
  },
  {
    ...onMock,
    breaks: 'disk/order-says-nothing',
    that: 'tells disks apart by their place',
    wrap: asksFor((disks, before) => {
      const names = before.filter(({ root }) => !root).map(({ name }) => name);
      return disks.map((disk, index) => ({ ...disk, name: names[index] ?? disk.name }));
    }),
  },
  {
    ...onMock,
    breaks: 'disk/repeated',
    that: 'refuses data disks that are so already, since it never changes any',
    wrap: reconfigures(() => refuse(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING')),
  },
  {
    breaks: 'disk/repeated',
    that: 'refuses no data disks to VMs that have none, since it never makes any',
    spares: 'term',
    wrap: reconfigures(() => refuse(Code.UNIMPLEMENTED, 'CAPABILITY_MISSING')),
  },
  {
    ...onMock,
    breaks: 'disk/repeated',
    that: 'grows data disks that are so already',
    wrap: asksFor((disks) => disks.map((disk) => ({ ...disk, sizeBytes: (disk.sizeBytes ?? 0n) + 1n }))),
  },
  {
    ...onMock,
    breaks: 'disk/added',
    that: 'takes one disk off where another comes',
    wrap: asksFor((disks, before) => (disks.length > before.length - 1 ? disks.slice(-1) : disks)),
  },
  {
    ...onMock,
    breaks: 'disk/validate-only',
    that: 'changes disks that it was only asked about',
    wrap: reconfigures((honest, request, options) => honest.reconfigure({ ...request, validateOnly: false }, options)),
  },
  {
    ...onMock,
    breaks: 'disk/removed',
    that: 'takes no disk off',
    wrap: asksFor((disks, before) => {
      const kept = before.filter(({ name, root }) => !root && !disks.some((disk) => disk.name === name));
      return [...disks, ...kept.map(({ name, sizeBytes, storage, bus }) => ({ name, sizeBytes, storage, bus }))];
    }),
  },
  {
    ...onMock,
    breaks: 'disk/comes-back',
    that: 'makes a new disk where an old one is to come back',
    wrap: (honest) => {
      const made = new Map<string, number>();
      const { reconfigure } = reconfigures(async (_honest, request, options) => {
        const uid = uidOf(request);
        if (request.desired?.disks?.length === 0) made.set(uid, (made.get(uid) ?? 0) + 1);
        return honest.reconfigure(request, options);
      })(honest);
      const { describe } = shows((disks, uid) =>
        disks.map((disk) => (disk.root ? disk : { ...disk, id: `${disk.id}-${String(made.get(uid) ?? 0)}` })),
      )(honest);
      return { ...honest, reconfigure, describe };
    },
  },
  {
    ...onMock,
    breaks: 'disk/added-while-it-runs',
    that: 'refuses a disk for a running VM without saying which field waits',
    wrap: whenItRuns(() => refuse(Code.FAILED_PRECONDITION, 'RESTART_REQUIRED')),
  },
  {
    ...onMock,
    breaks: 'disk/hotplug',
    that: 'has the capability to plug disks, and not the ability',
    wrap: whenItRuns(() => refuse(Code.FAILED_PRECONDITION, 'RESTART_REQUIRED')),
  },
  {
    ...onMock,
    breaks: 'disk/grows-while-it-runs',
    that: 'says that a disk of a running VM has grown, and does nothing',
    wrap: whenItRuns(nothing),
  },
  {
    ...onMock,
    breaks: 'disk/deleted-with-the-vm',
    that: 'leaves data disks behind',
    wrap: beforeDelete(detachAll),
  },
  {
    ...onMock,
    breaks: 'disk/detached-outlives-the-vm',
    that: 'deletes detached disks, too',
    wrap: beforeDelete(async (honest, { mutation }, options) => {
      const { vm } = await honest.describe({ owner: mutation?.owner }, options);
      const compute = { cpus: vm?.cpus, memoryBytes: vm?.memoryBytes };
      const disks = (vm?.disks ?? []).filter(({ root }) => !root).map(({ name, sizeBytes }) => ({ name, sizeBytes }));
      const attach = { ...mutation, operationId: 'attach' };
      await honest.reconfigure(
        { mutation: attach, desired: { name: vm?.name, compute, disks }, updateMask: ['disks'] },
        options,
      );
    }),
  },
  {
    ...onMock,
    breaks: 'disk/back-with-a-new-vm',
    that: 'spares for ever what was detached once',
    wrap: (honest) => {
      const detached = new Set<string>();
      const { reconfigure } = reconfigures((_honest, request, options) => {
        if (request.desired?.disks?.length === 0) detached.add(uidOf(request));
        return honest.reconfigure(request, options);
      })(honest);
      const { delete: remove } = beforeDelete(async (_honest, request, options) => {
        if (detached.has(uidOf(request))) await detachAll(honest, request, options);
      })(honest);
      return { ...honest, reconfigure, delete: remove };
    },
  },
  {
    ...onMock,
    breaks: 'disk/of-a-handed-over-vm',
    that: 'forgets whose the disks were when a VM changes hands',
    wrap: (honest) => ({
      adopt: async (request, options) => {
        const { vm } = await honest.describe({ id: request.id }, options);
        if (!vm?.owner || vm.owner.uid !== request.expectedOwnerUid) return honest.adopt(request, options);
        const release = { ...request.mutation, owner: vm.owner, operationId: 'release' };
        await honest.delete({ mutation: release, releaseOnly: true }, options);
        return honest.adopt({ ...request, expectedOwnerUid: '' }, options);
      },
    }),
  },
  {
    ...onMock,
    breaks: 'disk/of-nobody',
    that: 'takes all disks of a VM for its own once it has adopted it',
    wrap: (honest) => {
      const former = new Map<string, Request<'delete'>>();
      return {
        delete: async (request, options) => {
          const { vm } = await honest
            .describe({ owner: request.mutation?.owner }, options)
            .catch(() => ({ vm: undefined }));
          if (request.releaseOnly) former.set(vm?.id ?? '', request);
          const answer = await honest.delete(request, options);
          const first = former.get(vm?.id ?? '');
          if (!request.releaseOnly && first)
            await honest.delete({ mutation: { ...first.mutation, operationId: 'x' } }, options);
          return answer;
        },
      };
    },
  },
];
