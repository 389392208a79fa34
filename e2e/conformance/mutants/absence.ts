import { Code, ContractError, type DescribeResponse, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { LabCloud } from '../fixtures/memory-lab.ts';
import { done } from './idempotency.ts';
import { absent, refuse, rethrow, uidOf, type Mutant } from './mutant.ts';

/** Whether there is a VM of that owner. */
const has = (cloud: LabCloud, uid: string) => cloud.all.has(uid);

/** Answers what was seen last when there is nothing to see. */
function remembers(honest: ProviderClient): Partial<ProviderClient> {
  const seen = new Map<string, DescribeResponse>();
  return {
    describe: async (request, options) => {
      const key = request.id || (request.owner?.uid ?? '');
      try {
        const answer = await honest.describe(request, options);
        for (const each of [answer.vm?.id ?? '', answer.vm?.owner?.uid ?? '']) seen.set(each, answer);
        return answer;
      } catch (error) {
        const last = seen.get(key);
        if (last) return last;
        throw error;
      }
    },
  };
}

/** Answers calls that fail for lack of a VM as done. */
const doesNothing = (cloud: LabCloud, request: Parameters<typeof uidOf>[0]): boolean => !has(cloud, uidOf(request));

export const absenceMutants: readonly Mutant[] = [
  {
    breaks: 'absence/unknown-owner',
    that: 'says NOT_FOUND and not why',
    spares: 'watch',
    wrap: (honest) => ({
      describe: (request, options) =>
        honest.describe(request, options).catch((error: unknown) => {
          const isAbsent = error instanceof ContractError && error.code === Code.NOT_FOUND;
          return isAbsent ? refuse(Code.NOT_FOUND) : rethrow(error);
        }),
    }),
  },
  {
    breaks: 'absence/unknown-id',
    that: 'takes an unknown id for a fault of its own',
    spares: 'term',
    wrap: (honest) => ({
      describe: (request, options) =>
        honest
          .describe(request, options)
          .catch((error: unknown) => ((request.id ?? '') === '' ? rethrow(error) : refuse(Code.INTERNAL))),
    }),
  },
  { breaks: 'absence/after-delete', that: 'describes from memory', spares: 'term', wrap: remembers },
  {
    breaks: 'absence/gone-at-the-hypervisor',
    that: 'says that a VM is gone, and keeps it',
    spares: 'term',
    wrap: (honest, cloud) => {
      const hidden = new Set<string>();
      return {
        delete: async (request, options) => {
          const kept = cloud.all.get(uidOf(request));
          const answer = await honest.delete(request, options);
          if (kept) {
            hidden.add(kept.id);
            cloud.all.set(kept.id, kept);
          }
          return answer;
        },
        describe: async (request, options) =>
          hidden.has(request.owner?.uid ?? '') || hidden.has(request.id ?? '')
            ? absent()
            : honest.describe(request, options),
      };
    },
  },
  {
    breaks: 'absence/delete-of-nothing',
    that: 'refuses to delete what never was',
    spares: 'term',
    wrap: (honest, cloud) => ({
      delete: (request, options) => (doesNothing(cloud, request) ? absent() : honest.delete(request, options)),
    }),
  },
  {
    breaks: 'absence/power-of-nothing',
    that: 'switches what is not there, and says that it is done',
    spares: 'term',
    wrap: (honest, cloud) => ({
      power: async (request, options) =>
        doesNothing(cloud, request) && !request.id
          ? done(request.mutation?.operationId)
          : honest.power(request, options),
    }),
  },
  {
    breaks: 'absence/reconfigure-of-nothing',
    that: 'resizes what is not there, and says that it is done',
    spares: 'term',
    wrap: (honest, cloud) => ({
      reconfigure: async (request, options) =>
        doesNothing(cloud, request) && !request.id
          ? done(request.mutation?.operationId)
          : honest.reconfigure(request, options),
    }),
  },
  {
    breaks: 'absence/nothing-asked',
    that: 'calls absent what it was not asked for',
    spares: 'term',
    wrap: (honest) => ({
      describe: (request, options) => (request.id || request.owner?.uid ? honest.describe(request, options) : absent()),
    }),
  },
  {
    breaks: 'absence/removed-by-hand',
    that: 'believes its memory more than the hypervisor',
    spares: 'term',
    wrap: remembers,
  },
  {
    breaks: 'absence/refused-logins',
    that: 'logs in again for every call',
    spares: 'term',
    wrap: (honest, cloud) => ({
      describe: (request, options) => {
        cloud.logins += 1;
        return honest.describe(request, options);
      },
    }),
  },
  {
    breaks: 'absence/out-of-reach',
    that: 'reads a hypervisor that is out of reach as an absence',
    spares: 'term',
    wrap: (honest) => ({
      describe: (request, options) =>
        honest.describe(request, options).catch((error: unknown) => {
          const isUnreachable = error instanceof ContractError && error.code === Code.UNAVAILABLE;
          return isUnreachable ? absent() : rethrow(error);
        }),
    }),
  },
];
