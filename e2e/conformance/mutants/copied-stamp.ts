import { Code, ContractError, PowerOp, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { Instance, LabCloud } from '../fixtures/memory-lab.ts';
import { uidOf, type Mutant } from './mutant.ts';

/** Whatever bears the uid on a carrier that the stamp does not name. */
const copiesOf = (cloud: LabCloud, uid: string): readonly Instance[] =>
  [...cloud.all.values()].filter(({ id, tags }) => tags['virtrigaud-uid'] === uid && tags['virtrigaud-carrier'] !== id);

/** Describes an owner's copy when there is one, as the owner's VM. */
function promotesCopies(honest: ProviderClient, cloud: LabCloud): Partial<ProviderClient> {
  return {
    describe: async (request, options) => {
      const [copy] = request.id ? [] : copiesOf(cloud, request.owner?.uid ?? '');
      if (!copy) return honest.describe(request, options);
      const { vm } = await honest.describe({ id: copy.id }, options);
      const { clusterId = '', namespace = '', name = '', uid = '', kind = '' } = request.owner ?? {};
      return { vm: vm && { ...vm, copiedFrom: '', owner: { clusterId, namespace, name, uid, kind } } };
    },
  };
}

export const copiedStampMutants: readonly Mutant[] = [
  {
    breaks: 'copied-stamp/shown-as-a-copy',
    that: 'shows a copy as owned',
    spares: 'term',
    wrap: (honest) => ({
      listVMs: async (request, options) => {
        const { vms, nextPageToken } = await honest.listVMs(request, options);
        const owned = vms.map((vm) =>
          vm.copiedFrom === ''
            ? vm
            : { ...vm, copiedFrom: '', owner: vms.find(({ id }) => id === vm.copiedFrom)?.owner },
        );
        return { vms: owned, nextPageToken };
      },
    }),
  },
  {
    breaks: 'copied-stamp/describe-finds-the-original',
    that: 'answers whichever carrier it finds',
    spares: 'term',
    wrap: promotesCopies,
  },
  {
    breaks: 'copied-stamp/power-spares-the-copy',
    that: 'switches everything that bears the stamp',
    spares: 'term',
    wrap: (honest, cloud) => ({
      power: async (request, options) => {
        for (const copy of copiesOf(cloud, uidOf(request))) copy.running = request.op === PowerOp.ON;
        return honest.power(request, options);
      },
    }),
  },
  {
    breaks: 'copied-stamp/delete-spares-the-copy',
    that: 'deletes everything that bears the stamp',
    spares: 'term',
    wrap: (honest, cloud) => ({
      delete: async (request, options) => {
        for (const { id } of copiesOf(cloud, uidOf(request))) cloud.all.delete(id);
        return honest.delete(request, options);
      },
    }),
  },
  {
    breaks: 'copied-stamp/mutation-of-the-copy',
    that: 'lets anybody switch a VM that nobody owns',
    spares: 'term',
    wrap: (honest, cloud) => ({
      power: (request, options) =>
        honest.power(request, options).catch((error: unknown) => {
          const isMismatch = error instanceof ContractError && error.code === Code.FAILED_PRECONDITION;
          const named = cloud.all.get(request.id ?? '');
          if (!isMismatch || !named) throw error;
          named.running = request.op === PowerOp.ON;
          return { task: undefined };
        }),
    }),
  },
  {
    breaks: 'copied-stamp/lone-copy-owns-nothing',
    that: 'promotes a copy when the original is gone',
    spares: 'term',
    wrap: (honest, cloud) => ({
      describe: (request, options) =>
        honest.describe(request, options).catch((error: unknown) => {
          const describe = promotesCopies(honest, cloud).describe;
          if (!describe || copiesOf(cloud, request.owner?.uid ?? '').length === 0) throw error;
          return describe(request, options);
        }),
    }),
  },
  {
    breaks: 'copied-stamp/made-anew-beside-the-copy',
    that: 'takes a lone copy for the VM to be made',
    spares: 'term',
    wrap: (honest, cloud) => ({
      create: async (request, options) => {
        const [copy] = cloud.all.has(uidOf(request)) ? [] : copiesOf(cloud, uidOf(request));
        if (!copy) return honest.create(request, options);
        copy.tags = { ...copy.tags, 'virtrigaud-carrier': copy.id };
        return { id: copy.id, task: undefined };
      },
    }),
  },
];
