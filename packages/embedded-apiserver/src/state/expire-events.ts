import type { Log } from '../log.ts';
import type { Api } from '../operations/api.ts';
import { lastSeenMs } from '../registry/event-kind.ts';

const longestPauseMs = 60_000;

/**
 * Removes Events that were last written longer ago than they live, now and then.
 *
 * @returns how to stop that
 */
export function expireEvents(api: Api, options: { readonly lifetimeMs: number; readonly log: Log }): () => void {
  const { lifetimeMs, log } = options;
  const timer = setInterval(
    () => {
      removeExpired(api, lifetimeMs).catch((error: unknown) => log.error('events could not be removed', { error }));
    },
    Math.min(lifetimeMs, longestPauseMs),
  );
  timer.unref();
  return () => clearInterval(timer);
}

async function removeExpired(api: Api, lifetimeMs: number): Promise<void> {
  const oldest = api.now() - lifetimeMs;
  const isOld = ([, { object }]: ReturnType<typeof entries>[number]) => lastSeenMs(object) < oldest;
  const entries = () => api.store.table('events').entries();
  if (!entries().some(isOld)) return;
  await api.store.write((transaction) => {
    for (const [key, { object }] of transaction.withPrefix('events', '').filter(isOld)) {
      transaction.remove('events', key, object);
    }
  });
}
