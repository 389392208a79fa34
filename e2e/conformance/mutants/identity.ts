import type { ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { LabCloud } from '../fixtures/memory-lab.ts';
import { absent, inNameOf, restamp, uidOf, type Mutant } from './mutant.ts';

/** Takes a VM of the wanted name for the one to be made. */
function adoptsByName(honest: ProviderClient, cloud: LabCloud): Partial<ProviderClient> {
  return {
    create: async (request, options) => {
      const named = [...cloud.all.values()].find(({ name }) => name === request.spec?.name);
      if (!named) return honest.create(request, options);
      restamp(named, request);
      return { id: named.id, task: undefined };
    },
  };
}

/** Does what is asked to the VM of that id, whoever owns it. */
function obeysTheId(honest: ProviderClient, cloud: LabCloud): Partial<ProviderClient> {
  const ownerOf = (id = '') => cloud.all.get(id);
  return {
    power: (request, options) => honest.power(inNameOf(request, ownerOf(request.id)), options),
    reconfigure: (request, options) => honest.reconfigure(inNameOf(request, ownerOf(request.id)), options),
    delete: async (request, options) => {
      if (request.id) cloud.all.delete(request.id);
      return honest.delete(request, options);
    },
  };
}

export const identityMutants: readonly Mutant[] = [
  { breaks: 'identity/delete-spares-others', that: 'deletes by id', spares: 'term', wrap: obeysTheId },
  { breaks: 'identity/power-spares-others', that: 'switches by id', spares: 'term', wrap: obeysTheId },
  { breaks: 'identity/reconfigure-spares-others', that: 'resizes by id', spares: 'term', wrap: obeysTheId },
  {
    breaks: 'identity/id-is-a-hint',
    that: 'takes a Delete with another id for done',
    spares: 'term',
    wrap: (honest) => ({
      delete: (request, options) => {
        const isOther = (request.id ?? '') !== '' && request.id !== uidOf(request);
        return isOther
          ? honest.delete(
              { mutation: { ...request.mutation, owner: { ...request.mutation?.owner, uid: 'nobody' } } },
              options,
            )
          : honest.delete(request, options);
      },
    }),
  },
  {
    breaks: 'identity/one-vm-by-id-and-owner',
    that: 'knows VMs by their owner alone',
    spares: 'term',
    wrap: (honest) => ({
      describe: (request, options) => ((request.id ?? '') === '' ? honest.describe(request, options) : absent()),
    }),
  },
  { breaks: 'identity/name-of-an-owned-vm', that: 'adopts by name', spares: 'term', wrap: adoptsByName },
  {
    breaks: 'identity/name-of-a-foreign-vm',
    that: 'adopts by name what nobody owns',
    spares: 'term',
    wrap: adoptsByName,
  },
  {
    breaks: 'identity/foreign-has-no-owner',
    that: 'takes every VM for one of ours',
    spares: 'term',
    wrap: (honest) => {
      const owner = { clusterId: 'all', namespace: 'all', name: 'all', uid: 'all', kind: 'VirtualMachine' };
      return {
        listVMs: async (request, options) => {
          const { vms, nextPageToken } = await honest.listVMs(request, options);
          return { vms: vms.map((vm) => ({ ...vm, owner: vm.owner ?? owner })), nextPageToken };
        },
      };
    },
  },
  {
    breaks: 'identity/foreign-is-left-alone',
    that: 'deletes a VM that nobody owns',
    spares: 'term',
    wrap: (honest, cloud) => ({
      delete: async (request, options) => {
        const named = cloud.all.get(request.id ?? '');
        if (named && Object.keys(named.tags).length === 0) cloud.all.delete(named.id);
        return honest.delete(request, options);
      },
    }),
  },
];
