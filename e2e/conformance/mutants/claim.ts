import { Code, PowerState } from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import { refuse, uidOf, type Mutant } from './mutant.ts';

/** Makes one more VM of the owner with each Create that comes while it has one, or is about to. */
export const doubles: Mutant['wrap'] = (honest, cloud) => {
  const asked = new Set<string>();
  return {
    create: async (request, options) => {
      const isFirst = !asked.has(uidOf(request));
      asked.add(uidOf(request));
      const answer = await honest.create(request, options);
      const made = cloud.all.get(answer.id);
      if (!made || isFirst) return answer;
      const id = randomUUID();
      cloud.all.set(id, { ...made, id, tags: { ...made.tags, 'virtrigaud-carrier': id } });
      return answer;
    },
  };
};

export const claimMutants: readonly Mutant[] = [
  {
    breaks: 'claim/bears-the-stamp',
    that: 'forgets whose VM it is',
    spares: 'term',
    wrap: (honest) => ({
      describe: async (request, options) => {
        const { vm } = await honest.describe(request, options);
        return { vm: vm && { ...vm, owner: vm.owner && { ...vm.owner, namespace: 'default' } } };
      },
    }),
  },
  {
    breaks: 'claim/as-asked',
    that: 'makes every VM with one CPU',
    spares: 'absence',
    wrap: (honest) => ({
      create: ({ spec, ...request }, options) => {
        const compute = spec?.compute?.cpus === 0 ? spec.compute : { ...spec?.compute, cpus: 1 };
        return honest.create({ ...request, spec: { ...spec, compute } }, options);
      },
    }),
  },
  {
    breaks: 'claim/tags',
    that: 'forgets the tags',
    spares: 'term',
    wrap: (honest) => ({
      create: ({ spec, ...request }, options) => honest.create({ ...request, spec: { ...spec, tags: {} } }, options),
    }),
  },
  { breaks: 'claim/one-vm-from-many-creates', that: 'makes one VM a Create', spares: 'term', wrap: doubles },
  {
    breaks: 'claim/made-at-the-hypervisor',
    that: 'says that it made a VM, and did not',
    spares: 'term',
    wrap: (honest, cloud) => {
      const claimed = new Map<string, Awaited<ReturnType<typeof honest.describe>>>();
      return {
        create: async (request, options) => {
          const answer = await honest.create(request, options);
          if (answer.id === '') return answer;
          claimed.set(uidOf(request), await honest.describe({ id: answer.id }, options));
          cloud.all.delete(answer.id);
          return answer;
        },
        describe: async (request, options) =>
          claimed.get(request.owner?.uid ?? '') ?? honest.describe(request, options),
        delete: async (request, options) => {
          const answer = await honest.delete(request, options);
          claimed.delete(uidOf(request));
          return answer;
        },
      };
    },
  },
  {
    breaks: 'claim/validate-only',
    that: 'makes what it was only asked about',
    spares: 'term',
    wrap: (honest) => ({ create: (request, options) => honest.create({ ...request, validateOnly: false }, options) }),
  },
  {
    breaks: 'claim/refusal-names-the-field',
    that: 'refuses without saying what is wrong',
    spares: 'term',
    wrap: (honest) => ({
      create: (request, options) =>
        request.spec?.compute?.cpus === 0 ? refuse(Code.INVALID_ARGUMENT) : honest.create(request, options),
    }),
  },
  {
    breaks: 'claim/needs-an-owner',
    that: 'makes VMs that nobody owns',
    spares: 'term',
    wrap: (honest) => ({
      create: (request, options) => {
        if (request.mutation?.owner) return honest.create(request, options);
        return Promise.resolve({ id: 'made-for-nobody', task: undefined });
      },
    }),
  },
  {
    breaks: 'claim/off-stays-off',
    that: 'switches every VM on',
    spares: 'absence',
    wrap: (honest) => ({
      create: (request, options) => honest.create({ ...request, initialPower: PowerState.ON }, options),
    }),
  },
  {
    breaks: 'claim/on-comes-on',
    that: 'leaves every VM off',
    spares: 'absence',
    wrap: (honest) => ({
      create: (request, options) => honest.create({ ...request, initialPower: PowerState.OFF }, options),
    }),
  },
];
