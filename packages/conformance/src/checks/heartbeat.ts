import type { Check } from '../check.ts';
import type { EventLog } from '../runner/event-log.ts';

/** How long a stream may say nothing, and what a busy machine is allowed on top. */
const HEARTBEAT_MS = 15_000 + 5_000;

type Said = { readonly $case: string };

/** Waits for one more of those events, from now on. */
function another<E extends Said>(log: EventLog<E>, kind: E['$case'], what: string): Promise<E> {
  const before = new Set(log.events);
  return log.until(what, (event) => event.$case === kind && !before.has(event), HEARTBEAT_MS);
}

/** What tells a stream on which nothing happens from one that is dead. */
export const heartbeatChecks: readonly Check[] = [
  {
    id: 'watch/heartbeat',
    title: 'a watch of VMs and one of tasks on which nothing happens say so with a bookmark',
    proves: 'Bookmark: also the heartbeat, every 15 s.',
    run: async (scene) => {
      const streams = [
        { name: 'WatchVMs', log: scene.watch({ clusterId: scene.clusterId, ownedOnly: true }) },
        { name: 'WatchTasks', log: scene.watchTasks() },
      ] as const;
      const beats = streams.map(async ({ name, log }: { readonly name: string; readonly log: EventLog<Said> }) => {
        await log.until('a bookmark', ({ $case }) => $case === 'bookmark');
        const beat = await another(log, 'bookmark', `another bookmark of ${name} within 15 s`);
        scene.verdict.holds({ holds: beat.$case === 'bookmark', expected: `a bookmark of ${name}`, came: beat });
      });
      await Promise.all(beats);
    },
  },
  {
    id: 'watch/stale-heartbeat',
    title: 'a watch of a hypervisor that cannot be seen says Stale again, and never a bookmark',
    proves: 'A provider that cannot see its hypervisor sends Stale instead of bookmarks.',
    backdoor: ['cutOff', 'reconnect'],
    run: async (scene) => {
      const log = scene.watch({ clusterId: scene.clusterId, ownedOnly: true });
      await log.until('a bookmark', ({ $case }) => $case === 'bookmark');
      await scene.cutOff();
      const first = await log.until('Stale', ({ $case }) => $case === 'stale');
      await another(log, 'stale', 'Stale again within 15 s');
      const since = log.events.slice(log.events.indexOf(first)).map(({ $case }) => $case);
      scene.verdict.holds({ holds: !since.includes('bookmark'), expected: 'Stale, and no bookmark', came: since });
    },
  },
];
