import { PowerOp, PowerState, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Check } from '../check.ts';
import type { EventLog } from '../runner/event-log.ts';
import type { Scene, VmEvent } from '../runner/scene.ts';

type Upsert = Extract<VmEvent, { $case: 'upsert' }>;
type GoneEvent = Extract<VmEvent, { $case: 'gone' }>;
type BookmarkEvent = Extract<VmEvent, { $case: 'bookmark' }>;

const isListed = (event: VmEvent): event is BookmarkEvent => event.$case === 'bookmark' && event.value.initialListDone;
const isUpsertOf =
  (id: string) =>
  (event: VmEvent): event is Upsert =>
    event.$case === 'upsert' && event.value.id === id;
const isGone =
  (id: string) =>
  (event: VmEvent): event is GoneEvent =>
    event.$case === 'gone' && event.value.id === id;

const listed = (log: EventLog<VmEvent>) => log.until('a bookmark with initial_list_done', isListed);

/** Waits until a VM is told as wanted; the events before it are not looked at. */
async function told(
  log: EventLog<VmEvent>,
  what: string,
  isWanted: (vm: VirtualMachineState) => boolean,
): Promise<VirtualMachineState> {
  const { value } = await log.until(
    what,
    (event): event is Upsert => event.$case === 'upsert' && isWanted(event.value),
  );
  return value;
}

/** Opens a watch with the token of the last bookmark that another one showed. */
async function resumeToken(scene: Scene): Promise<string> {
  const log = scene.watch();
  const { value } = await listed(log);
  log.close();
  return value.resumeToken;
}

/** What the manager sees of the hypervisor between two looks. */
export const watchChecks: readonly Check[] = [
  {
    id: 'watch/list-then-bookmark',
    title: 'a watch begins with everything there is, and then says so with a token',
    proves: 'Bookmark: all that happened before it has been sent.',
    run: async (scene) => {
      const { id } = await scene.create(scene.owner());
      const log = scene.watch();
      const { value } = await listed(log);
      const before = log.events.slice(0, log.events.findIndex(isListed));
      scene.verdict.holds({
        holds: before.some(isUpsertOf(id)),
        expected: `an upsert of VM ${id} before the bookmark`,
        came: before.map(({ $case }) => $case),
      });
      scene.verdict.holds({ holds: value.resumeToken !== '', expected: 'a resume_token', came: value });
    },
  },
  {
    id: 'watch/made',
    title: 'a VM that is made is told, with its owner',
    proves: 'WatchVMs: first everything, then what changes.',
    run: async (scene) => {
      const log = scene.watch();
      await listed(log);
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      const seen = await told(
        log,
        `an upsert of VM ${id} of ${owner.uid}`,
        (vm) => vm.id === id && vm.owner?.uid === owner.uid,
      );
      scene.verdict.holds({ holds: seen.id === id, expected: `VM ${id}`, came: seen });
    },
  },
  {
    id: 'watch/changed',
    title: 'a VM that is switched on is told',
    proves: 'WatchVMs: first everything, then what changes.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      const log = scene.watch();
      await listed(log);
      await scene.succeed(await scene.power(owner, PowerOp.ON));
      const isOn = (vm: VirtualMachineState) => vm.id === id && vm.powerState === PowerState.ON;
      const seen = await told(log, `an upsert of VM ${id} with power_state ON`, isOn);
      scene.verdict.holds({ holds: isOn(seen), expected: 'power_state ON', came: seen });
    },
  },
  {
    id: 'watch/deleted',
    title: 'a VM that is deleted is told gone, with its owner',
    proves: 'Gone: names id and owner.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      const log = scene.watch();
      await listed(log);
      await scene.succeed(await scene.delete(owner));
      const { value } = await log.until(`that VM ${id} is told gone`, isGone(id));
      scene.verdict.holds({
        holds: value.owner?.uid === owner.uid,
        expected: `gone, of owner ${owner.uid}`,
        came: value,
      });
    },
  },
  {
    id: 'watch/resumed',
    title: 'a watch that goes on with its token loses nothing that happened in between',
    proves: 'Tokens: what was missed is sent, or Resync and everything.',
    run: async (scene) => {
      const owner = scene.owner('goes');
      const { id } = await scene.create(owner);
      const token = await resumeToken(scene);
      await scene.succeed(await scene.delete(owner));
      const { id: cameId } = await scene.create(scene.owner('comes'));
      const log = scene.watch({ resumeToken: token });
      await log.until(`an upsert of VM ${cameId}, which came in between`, isUpsertOf(cameId));
      const first = await log.until(
        `Resync, or that VM ${id} is gone, which went in between`,
        (event) => event.$case === 'resync' || isGone(id)(event),
      );
      scene.verdict.holds({
        holds: first.$case === 'gone' || log.events[0]?.$case === 'resync',
        expected: 'Resync as the first event, or only what was missed',
        came: log.events.map(({ $case }) => $case),
      });
    },
  },
  {
    id: 'watch/foreign-token',
    title: 'a token of another process is answered with Resync and a full list',
    proves: 'Tokens hold the instance_id: a foreign or old one is answered with Resync.',
    run: async (scene) => {
      const { id } = await scene.create(scene.owner());
      const log = scene.watch({ resumeToken: 'of-another-process.1' });
      await listed(log);
      const kinds = log.events.slice(0, log.events.findIndex(isListed)).map(({ $case }) => $case);
      scene.verdict.holds({ holds: kinds[0] === 'resync', expected: 'Resync as the first event', came: kinds });
      scene.verdict.holds({
        holds: log.events.some(isUpsertOf(id)),
        expected: `VM ${id} in the list that follows`,
        came: kinds,
      });
    },
  },
  {
    id: 'watch/owned-only',
    title: 'a watch of the VMs of one cluster shows none of another',
    proves: '`cluster_id` and `owned_only`: only what bears the stamp of that cluster.',
    run: async (scene) => {
      const own = await scene.create(scene.owner('own'));
      const other = await scene.create(scene.owner('other', { clusterId: `${scene.clusterId}-b` }));
      const request = { clusterId: scene.clusterId, ownedOnly: true };
      const log = scene.watch(request);
      await listed(log);
      const seen = log.events.filter((event): event is Upsert => event.$case === 'upsert').map(({ value }) => value.id);
      const ids = (await scene.list(request)).map((vm) => vm.id);
      for (const [from, got] of [
        ['WatchVMs', seen],
        ['ListVMs', ids],
      ] as const) {
        scene.verdict.holds({
          holds: got.includes(own.id) && !got.includes(other.id),
          expected: `VM ${own.id} and not VM ${other.id} in ${from}`,
          came: got,
        });
      }
    },
  },
  {
    id: 'watch/one-revision',
    title: 'Describe, ListVMs and WatchVMs give one revision of a VM that nothing happens to',
    proves: '`revision`: equal if and only if the fields above are.',
    run: async (scene) => {
      const owner = scene.owner();
      const { id } = await scene.create(owner);
      const described = await scene.state(owner);
      const inList = (await scene.list()).find((vm) => vm.id === id);
      const log = scene.watch();
      await listed(log);
      const streamed = await told(
        log,
        `an upsert of VM ${id} with revision ${described.revision}`,
        (vm) => vm.id === id && vm.revision === described.revision,
      );
      scene.verdict.holds({
        holds:
          described.revision !== '' &&
          inList?.revision === described.revision &&
          streamed.revision === described.revision,
        expected: 'one revision, which is not empty',
        came: { described: described.revision, listed: inList?.revision, streamed: streamed.revision },
      });
    },
  },
  {
    id: 'watch/revision-follows',
    title: 'the revision changes when the VM does, and only then',
    proves: '`revision`: equal if and only if the fields above are.',
    run: async (scene) => {
      const owner = scene.owner();
      await scene.create(owner);
      const [first, second] = [await scene.state(owner), await scene.state(owner)];
      scene.verdict.holds({
        holds: first.revision === second.revision,
        expected: `revision ${first.revision} as before`,
        came: second.revision,
      });
      await scene.succeed(await scene.power(owner, PowerOp.ON));
      const on = await scene.eventually('power_state ON', owner, (vm) => vm.powerState === PowerState.ON);
      scene.verdict.holds({
        holds: on.revision !== first.revision,
        expected: 'another revision once it is on',
        came: on.revision,
      });
    },
  },
  {
    id: 'watch/pages',
    title: 'ListVMs comes in pages no larger than asked for, with each VM in just one',
    proves: 'ListVMs: paged.',
    run: async (scene) => {
      const made = [];
      for (const name of ['a', 'b', 'c']) made.push((await scene.create(scene.owner(name))).id);
      const ids: string[] = [];
      let pageToken = '';
      do {
        const request = { pageSize: 1, pageToken, clusterId: scene.clusterId, ownedOnly: true };
        const page = scene.verdict.accepted(await scene.calls.send('listVMs', request));
        scene.verdict.holds({
          holds: page.vms.length <= 1,
          expected: 'a page of one VM at most',
          came: `${String(page.vms.length)} VMs`,
        });
        ids.push(...page.vms.map(({ id }) => id));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      scene.verdict.holds({
        holds: ids.length === made.length && made.every((id) => ids.includes(id)),
        expected: `each of ${made.join(', ')} once`,
        came: ids,
      });
    },
  },
  {
    id: 'watch/by-hand',
    title: 'what somebody makes and removes by hand is told, too',
    proves: 'WatchVMs: what happens at the hypervisor, whoever does it.',
    backdoor: ['defineVm', 'removeVm'],
    run: async (scene) => {
      const log = scene.watch();
      await listed(log);
      const id = scene.foreign(await scene.behind('defineVm')(scene.foreignName('byhand')));
      const seen = await told(log, `an upsert of VM ${id}`, (vm) => vm.id === id);
      scene.verdict.holds({ holds: seen.owner === undefined, expected: 'no owner', came: seen });
      await scene.behind('removeVm')(id);
      scene.journal.wrote(`behind the provider's back: VM ${id} was removed`);
      const { value } = await log.until(`that VM ${id} is told gone`, isGone(id));
      scene.verdict.holds({ holds: value.owner === undefined, expected: 'gone, of nobody', came: value });
    },
  },
  {
    id: 'watch/out-of-sight-is-not-gone',
    title: 'a hypervisor that cannot be seen makes a stream stale; nothing is told gone',
    proves: 'A provider that cannot see its hypervisor sends Stale instead of bookmarks.',
    backdoor: ['cutOff', 'reconnect'],
    run: async (scene) => {
      const { id } = await scene.create(scene.owner());
      const log = scene.watch();
      await listed(log);
      await scene.cutOff();
      await log.until('Stale', (event) => event.$case === 'stale');
      await scene.reconnect();
      const staleAt = log.events.findIndex(({ $case }) => $case === 'stale');
      await log.until(
        'a bookmark after the hypervisor is back',
        (event) => event.$case === 'bookmark' && log.events.indexOf(event) > staleAt,
      );
      scene.verdict.holds({
        holds: !log.events.some(isGone(id)),
        expected: `that VM ${id} is never told gone`,
        came: log.events.map(({ $case }) => $case),
      });
    },
  },
];
