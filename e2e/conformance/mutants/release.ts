import { Code, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { LabCloud } from '../fixtures/memory-lab.ts';
import { done } from './idempotency.ts';
import { uidOfInstance } from './instance.ts';
import { absent, inNameOf, refuse, restamp, uidOf, withTerm, type Mutant, type Request } from './mutant.ts';

type Delete = ProviderClient['delete'];

/** Lets go otherwise; a real Delete is honest. */
const letsGo =
  (instead: (honest: ProviderClient, cloud: LabCloud, ...args: Parameters<Delete>) => ReturnType<Delete>) =>
  (honest: ProviderClient, cloud: LabCloud): Partial<ProviderClient> => ({
    delete: (request, options) =>
      request.releaseOnly ? instead(honest, cloud, request, options) : honest.delete(request, options),
  });

const has = (cloud: LabCloud, uid: string) => [...cloud.all.values()].some((each) => uidOfInstance(each) === uid);

/** Remembers which VM each owner has let go. */
function remembering(honest: ProviderClient): { readonly kept: Map<string, string>; readonly delete: Delete } {
  const kept = new Map<string, string>();
  return {
    kept,
    delete: async (request, options) => {
      const owner = request.mutation?.owner;
      const found = request.releaseOnly ? await honest.describe({ owner }, options).catch(() => undefined) : undefined;
      if (found?.vm) kept.set(uidOf(request), found.vm.id);
      return honest.delete(request, options);
    },
  };
}

const spares = 'claim' as const;

export const releaseMutants: readonly Mutant[] = [
  {
    breaks: 'release/stamp-goes',
    that: 'says that it lets go, and does nothing',
    spares,
    wrap: letsGo((_honest, _cloud, request) => Promise.resolve(done(request.mutation?.operationId, 'Delete'))),
  },
  {
    breaks: 'release/touches-nothing-else',
    that: 'switches off what it lets go',
    spares,
    wrap: letsGo(async (honest, _cloud, request, options) => {
      const mutation = { ...request.mutation, operationId: 'off' };
      await honest.power({ mutation, op: PowerOp.OFF }, options).catch(() => undefined);
      return honest.delete(request, options);
    }),
  },
  {
    breaks: 'release/repeated',
    that: 'refuses to let go twice',
    spares,
    wrap: (honest, cloud) => {
      const before = new Set<string>();
      return letsGo((_honest, _cloud, request, options) => {
        const uid = uidOf(request);
        if (before.has(uid) && !has(cloud, uid)) return refuse(Code.FAILED_PRECONDITION, 'OWNER_MISMATCH');
        before.add(uid);
        return honest.delete(request, options);
      })(honest, cloud);
    },
  },
  {
    breaks: 'release/of-nothing',
    that: 'cannot let go of nothing',
    spares,
    wrap: letsGo((honest, cloud, request, options) =>
      has(cloud, uidOf(request)) ? honest.delete(request, options) : absent(),
    ),
  },
  {
    breaks: 'release/spares-others',
    that: 'lets go by id',
    spares,
    wrap: letsGo((honest, cloud, request, options) =>
      honest.delete(inNameOf(request, cloud.all.get(request.id ?? '')), options),
    ),
  },
  {
    breaks: 'release/of-an-old-leader',
    that: 'lets go for an old leader',
    spares,
    wrap: letsGo((honest, _cloud, request, options) => honest.delete(withTerm(request, 2n ** 39n), options)),
  },
  {
    breaks: 'release/then-deleted',
    that: 'deletes what it once owned',
    spares,
    wrap: (honest, cloud) => {
      const { kept, delete: remembered } = remembering(honest);
      return {
        delete: (request, options) => {
          if (!request.releaseOnly) cloud.all.delete(kept.get(uidOf(request)) ?? '');
          return remembered(request, options);
        },
      };
    },
  },
  {
    breaks: 'release/then-created',
    that: 'takes back what it once owned',
    spares,
    wrap: (honest, cloud) => {
      const { kept, delete: remembered } = remembering(honest);
      return {
        delete: remembered,
        create: (request: Request<'create'>, options) => {
          const instance = cloud.all.get(kept.get(uidOf(request)) ?? '');
          if (instance) restamp(instance, request);
          return honest.create(request, options);
        },
      };
    },
  },
  {
    breaks: 'release/then-adopted',
    that: 'never takes back what was let go',
    spares,
    wrap: (honest) => {
      const { kept, delete: remembered } = remembering(honest);
      return {
        delete: remembered,
        adopt: (request, options) =>
          [...kept.values()].includes(request.id ?? '')
            ? refuse(Code.FAILED_PRECONDITION, 'OWNER_MISMATCH')
            : honest.adopt(request, options),
      };
    },
  },
  {
    breaks: 'release/is-told',
    that: 'goes on showing what was let go',
    spares,
    wrap: (honest) => ({
      watchVMs: async function* (request, options) {
        for await (const message of honest.watchVMs(request, options)) {
          if (message.event?.$case !== 'gone' || !request.ownedOnly) yield message;
        }
      },
    }),
  },
];
