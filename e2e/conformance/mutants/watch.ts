import { type ProviderClient, type WatchVMsResponse } from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import type { Mutant } from './mutant.ts';

type VmEvent = NonNullable<WatchVMsResponse['event']>;

/** Tells only what passes; `isListed`: the list is over. */
function tells(
  honest: ProviderClient,
  passes: (event: VmEvent, isListed: boolean) => boolean,
): ProviderClient['watchVMs'] {
  return async function* (request, options) {
    let isListed = false;
    for await (const message of honest.watchVMs(request, options)) {
      if (message.event && passes(message.event, isListed)) yield message;
      if (message.event?.$case === 'bookmark') isListed = true;
    }
  };
}

const silent: Mutant['wrap'] = (honest) => ({
  watchVMs: tells(honest, ({ $case }, isListed) => !isListed || $case === 'bookmark'),
});

/** Begins anew, and does not say so. */
const losesTokens: Mutant['wrap'] = (honest) => ({
  watchVMs: (request, options) => honest.watchVMs({ ...request, resumeToken: '' }, options),
});

export const watchMutants: readonly Mutant[] = [
  {
    breaks: 'watch/list-then-bookmark',
    that: 'says that all is told when nothing is',
    spares: 'term',
    wrap: (honest) => ({ watchVMs: tells(honest, ({ $case }, isListed) => isListed || $case !== 'upsert') }),
  },
  { breaks: 'watch/made', that: 'tells nothing after the list', spares: 'term', wrap: silent },
  {
    breaks: 'watch/changed',
    that: 'tells of VMs only when they come and go',
    spares: 'term',
    wrap: (honest) => ({
      watchVMs: tells(honest, (event, isListed) => !isListed || event.$case !== 'upsert'),
    }),
  },
  {
    breaks: 'watch/deleted',
    that: 'never says that a VM is gone',
    spares: 'term',
    wrap: (honest) => ({ watchVMs: tells(honest, ({ $case }) => $case !== 'gone') }),
  },
  { breaks: 'watch/resumed', that: 'begins anew when it should go on', spares: 'term', wrap: losesTokens },
  { breaks: 'watch/foreign-token', that: 'takes any token for its own', spares: 'term', wrap: losesTokens },
  {
    breaks: 'watch/owned-only',
    that: 'shows everything to everybody',
    spares: 'term',
    wrap: (honest) => ({
      watchVMs: (request, options) => honest.watchVMs({ ...request, ownedOnly: false }, options),
      listVMs: (request, options) => honest.listVMs({ ...request, ownedOnly: false }, options),
    }),
  },
  {
    breaks: 'watch/one-revision',
    that: 'gives a list revisions of its own',
    spares: 'term',
    wrap: (honest) => ({
      listVMs: async (request, options) => {
        const { vms, nextPageToken } = await honest.listVMs(request, options);
        return { vms: vms.map((vm) => ({ ...vm, revision: `${vm.revision}-listed` })), nextPageToken };
      },
    }),
  },
  {
    breaks: 'watch/revision-follows',
    that: 'has a new revision each time',
    spares: 'term',
    wrap: (honest) => ({
      describe: async (request, options) => {
        const { vm } = await honest.describe(request, options);
        return { vm: vm && { ...vm, revision: randomUUID() } };
      },
    }),
  },
  {
    breaks: 'watch/pages',
    that: 'answers everything at once',
    spares: 'term',
    wrap: (honest) => ({ listVMs: (request, options) => honest.listVMs({ ...request, pageSize: 0 }, options) }),
  },
  {
    breaks: 'watch/by-hand',
    that: 'tells only what it did itself',
    spares: 'term',
    wrap: (honest) => ({
      watchVMs: tells(
        honest,
        (event, isListed) => !isListed || event.$case !== 'upsert' || event.value.owner !== undefined,
      ),
    }),
  },
  {
    breaks: 'watch/out-of-sight-is-not-gone',
    that: 'calls gone what it cannot see',
    spares: 'term',
    wrap: (honest) => ({
      watchVMs: async function* (request, options) {
        const known = new Set<string>();
        for await (const message of honest.watchVMs(request, options)) {
          const { event } = message;
          if (event?.$case === 'upsert') known.add(event.value.id);
          yield message;
          if (event?.$case !== 'stale') continue;
          for (const id of known) yield { event: { $case: 'gone', value: { id, owner: undefined } } };
        }
      },
    }),
  },
];
