import { Code, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { LabCloud } from '../fixtures/memory-lab.ts';
import { uidOfInstance } from './instance.ts';
import { inNameOf, refuse, restamp, uidOf, withTerm, type Mutant, type Request } from './mutant.ts';

type Adopt = ProviderClient['adopt'];

/** The honest one, whose Adopt is asked something else. */
const asks =
  (instead: (request: Request<'adopt'>, cloud: LabCloud) => Request<'adopt'>): Mutant['wrap'] =>
  (honest, cloud) => ({ adopt: (request, options) => honest.adopt(instead(request, cloud), options) });

/** The honest one, whose Adopt is preceded by something else. */
const first =
  (deed: (honest: ProviderClient, ...args: Parameters<Adopt>) => Promise<unknown>): Mutant['wrap'] =>
  (honest) => ({
    adopt: async (request, options) => {
      await deed(honest, request, options);
      return honest.adopt(request, options);
    },
  });

/** Whose the VM is that is asked for. */
const ownerOf = ({ id = '' }: Request<'adopt'>, cloud: LabCloud): string => uidOfInstance(cloud.all.get(id));

const mismatch = () => refuse(Code.FAILED_PRECONDITION, 'OWNER_MISMATCH');
const spares = 'identity' as const;

export const adoptMutants: readonly Mutant[] = [
  {
    breaks: 'adopt/becomes-ours',
    that: 'says that it adopts, and does nothing',
    spares,
    wrap: (honest) => ({
      adopt: async (request, options) => {
        const { vm } = await honest.describe({ id: request.id }, options);
        const { clusterId = '', namespace = '', name = '', uid = '', kind = '' } = request.mutation?.owner ?? {};
        return { vm: vm && { ...vm, owner: { clusterId, namespace, name, uid, kind } } };
      },
    }),
  },
  {
    breaks: 'adopt/changes-hands',
    that: "goes on showing a VM to its former owner's name",
    spares,
    wrap: (honest) => {
      const heirs = new Map<string, Request<'adopt'>>();
      return {
        adopt: (request, options) => {
          heirs.set(request.expectedOwnerUid ?? '', request);
          return honest.adopt(request, options);
        },
        describe: (request, options) => {
          const heir = heirs.get(request.owner?.uid ?? '');
          return honest.describe(heir ? { owner: heir.mutation?.owner } : request, options);
        },
      };
    },
  },
  {
    breaks: 'adopt/touches-nothing-else',
    that: 'switches off what it takes over',
    spares,
    wrap: first(async (honest, request, options) => {
      const { vm } = await honest.describe({ id: request.id }, options);
      if (vm?.owner) {
        const mutation = { ...request.mutation, owner: vm.owner, operationId: 'off' };
        await honest.power({ mutation, op: PowerOp.OFF }, options);
      }
    }),
  },
  {
    breaks: 'adopt/repeated',
    that: 'refuses what it has adopted already',
    spares,
    wrap: (honest, cloud) => ({
      adopt: (request, options) =>
        ownerOf(request, cloud) === uidOf(request) ? mismatch() : honest.adopt(request, options),
    }),
  },
  {
    breaks: 'adopt/spares-an-owned-vm',
    that: 'takes from whoever has it where nobody is expected',
    spares,
    wrap: asks((request, cloud) => ({
      ...request,
      expectedOwnerUid: (request.expectedOwnerUid ?? '') === '' ? ownerOf(request, cloud) : request.expectedOwnerUid,
    })),
  },
  {
    breaks: 'adopt/of-another-owner',
    that: 'takes from another than the expected owner',
    spares,
    wrap: asks((request, cloud) => ({
      ...request,
      expectedOwnerUid: request.expectedOwnerUid && (ownerOf(request, cloud) || request.expectedOwnerUid),
    })),
  },
  {
    breaks: 'adopt/of-nobody-any-more',
    that: 'takes what nobody owns for what was expected',
    spares,
    wrap: asks((request, cloud) => ({
      ...request,
      expectedOwnerUid: ownerOf(request, cloud) === '' ? '' : request.expectedOwnerUid,
    })),
  },
  {
    breaks: 'adopt/unknown-id',
    that: "takes a VM that is not there for another owner's",
    spares,
    wrap: (honest, cloud) => ({
      adopt: (request, options) => (cloud.all.has(request.id ?? '') ? honest.adopt(request, options) : mismatch()),
    }),
  },
  {
    breaks: 'adopt/never-by-name',
    that: 'adopts by name',
    spares,
    wrap: asks((request, cloud) => {
      const { namespace = '', name = '' } = request.mutation?.owner ?? {};
      const named = [...cloud.all.values()].find((instance) => instance.name === `${namespace}.${name}`);
      return request.id ? request : { ...request, id: named?.id };
    }),
  },
  {
    breaks: 'adopt/one-vm-each',
    that: 'lets go of the one VM for the other',
    spares,
    wrap: first(async (honest, { mutation, ...request }, options) => {
      const { uid: id } = (await honest.describe({ id: request.id }, options)).vm?.owner ?? {};
      if (id !== mutation?.owner?.uid) await honest.delete({ mutation, releaseOnly: true }, options);
    }),
  },
  {
    breaks: 'adopt/of-a-copy',
    that: "takes a copy for its original's owner's",
    spares,
    wrap: (honest, cloud) => ({
      adopt: async (request, options) => {
        const instance = cloud.all.get(request.id ?? '');
        const isCopy = instance && instance.tags['virtrigaud-carrier'] !== instance.id;
        if (isCopy && instance.tags['virtrigaud-uid'] === request.expectedOwnerUid) {
          restamp(instance, { mutation: request.mutation });
          return honest.describe({ id: instance.id }, options);
        }
        return honest.adopt(request, options);
      },
    }),
  },
  {
    breaks: 'adopt/while-it-is-made',
    that: 'says that it adopts what is still being made',
    on: 'mock',
    spares: 'term',
    wrap: (honest) => ({
      adopt: (request, options) =>
        honest.adopt(request, options).catch(async () => honest.describe({ id: request.id }, options)),
    }),
  },
  {
    breaks: 'adopt/of-an-old-leader',
    that: "obeys an old leader's Adopt",
    spares,
    wrap: asks((request) => withTerm(request, 2n ** 39n)),
  },
  {
    breaks: 'adopt/former-owner-is-kept-out',
    that: 'obeys whoever knows the id',
    spares: 'claim',
    wrap: (honest, cloud) => ({
      power: (request, options) => honest.power(inNameOf(request, cloud.all.get(request.id ?? '')), options),
    }),
  },
  {
    breaks: 'adopt/new-owner-acts',
    that: 'spares for ever what was adopted',
    spares,
    wrap: (honest) => {
      const adopted = new Set<string>();
      return {
        adopt: (request, options) => {
          adopted.add(uidOf(request));
          return honest.adopt(request, options);
        },
        delete: (request, options) =>
          honest.delete(adopted.has(uidOf(request)) ? { ...request, releaseOnly: true } : request, options),
      };
    },
  },
  {
    breaks: 'adopt/is-told',
    that: 'tells of nothing that it did not make',
    spares,
    wrap: (honest) => {
      const heirs = new Set<string>();
      return {
        adopt: (request, options) => {
          heirs.add(uidOf(request));
          return honest.adopt(request, options);
        },
        watchVMs: async function* (request, options) {
          for await (const message of honest.watchVMs(request, options)) {
            const { event } = message;
            if (event?.$case !== 'upsert' || !heirs.has(event.value.owner?.uid ?? '')) yield message;
          }
        },
      };
    },
  },
];
