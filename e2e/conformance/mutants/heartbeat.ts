import type { Mutant } from './mutant.ts';

/** Passes the first event of that kind on, and then none. */
async function* once<M extends { readonly event?: { readonly $case: string } | undefined }>(
  messages: AsyncIterable<M>,
  kind: string,
): AsyncGenerator<M> {
  let count = 0;
  for await (const message of messages) {
    if (message.event?.$case === kind) count += 1;
    if (message.event?.$case !== kind || count === 1) yield message;
  }
}

export const heartbeatMutants: readonly Mutant[] = [
  {
    breaks: 'watch/heartbeat',
    that: 'says nothing of tasks while there are none',
    spares: 'term',
    wrap: (honest) => ({
      watchTasks: (request, options) => once(honest.watchTasks(request, options), 'bookmark'),
    }),
  },
  {
    breaks: 'watch/stale-heartbeat',
    that: 'says Stale once, and then nothing',
    spares: 'term',
    wrap: (honest) => ({ watchVMs: (request, options) => once(honest.watchVMs(request, options), 'stale') }),
  },
];
