import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { resource } from '@virtrigaud/kube-runtime';
import { Stack, type Thing } from './stack/stack.ts';
import { until } from './stack/until.ts';

// Three writes of what is counted, 10 s apart, make up the longest of these: this only bounds one that hangs.
jest.setTimeout(200_000);

interface Unowned {
  readonly count: number;
  readonly machines: readonly {
    readonly id: string;
    readonly name: string;
    readonly owner: { readonly namespace: string; readonly name: string; readonly uid: string };
    readonly problem?: string;
  }[];
}

const eventResource = { group: '', version: 'v1', plural: 'events', kind: 'Event', namespaced: true };

describe('machines that no object owns', () => {
  let stack: Stack;

  beforeAll(async () => {
    stack = await Stack.start();
    await stack.lab();
    for (const name of ['web', 'db', 'kept']) await stack.createVm(`default/${name}`);
    for (const name of ['web', 'db', 'kept']) await stack.ready(`default/${name}`);
  });
  afterAll(() => stack.stop());

  const unowned = async () => {
    const { status } = (await stack.get('Provider', 'default/lab')) as Thing & {
      readonly status?: { readonly unowned?: Unowned };
    };
    return status?.unowned;
  };
  const shows = (what: string, isMet: (now: Unowned | undefined) => boolean) =>
    until(
      what,
      async () => isMet(await unowned()),
      () => stack.manager.log(),
      // What is counted is written every 10 s at most, and what was refused is tried again after as long.
      60_000,
    );
  const release = (...uids: readonly string[]) =>
    stack.edit('Provider', 'default/lab', {
      metadata: { annotations: { 'virtrigaud.io/release': uids.join(',') } },
    });
  const stampOf = async (name: string) => (await stack.hypervisor.vm(name))?.stamp?.owner.uid;
  const uidOf = async (name: string) => (await stack.get('VirtualMachine', name))?.metadata.uid ?? '';
  const forceDelete = async (name: string) => {
    const uid = await uidOf(name);
    const annotations = { 'virtrigaud.io/force-delete': 'true' };
    await stack.edit('VirtualMachine', name, { metadata: { annotations } });
    await stack.delete('VirtualMachine', name);
    await stack.gone('VirtualMachine', name);
    return uid;
  };
  const events = async (reason: string) => {
    type Told = Thing & {
      readonly reason: string;
      readonly message: string;
      readonly involvedObject: Thing['metadata'];
    };
    const { items } = await resource<Told>(stack.transport, eventResource).list({ namespace: 'default' });
    const told = items.filter((each) => each.reason === reason && each.involvedObject.name === 'lab');
    return told.map(({ message }) => message);
  };
  let web: string;
  let db: string;

  it('are told of when their object was forced away', async () => {
    expect(await unowned()).toBeUndefined();
    web = await forceDelete('default/web');
    await shows('web is told of', (now) => now?.count === 1);
    const owner = { namespace: 'default', name: 'web', uid: web };
    expect((await unowned())?.machines).toEqual([{ id: web, name: 'default.web', owner }]);
    expect(await stampOf('default.web')).toBe(web);
  });

  it('are told of by a manager that starts later, also where somebody has taken the finalizer off meanwhile', async () => {
    db = await uidOf('default/db');
    stack.manager.kill();
    await stack.manager.exited;
    await stack.edit('VirtualMachine', 'default/db', { metadata: { finalizers: null } });
    await stack.delete('VirtualMachine', 'default/db');
    await stack.restartManager();
    await shows('both are told of', (now) => now?.count === 2);
    expect((await unowned())?.machines.map(({ name }) => name)).toEqual(['default.db', 'default.web']);
  });

  it('P01 are let go on request, and run on; the machine of an object that is there stays its own', async () => {
    const kept = await uidOf('default/kept');
    await release(kept, web);
    await shows('web is let go', (now) => now?.count === 1);
    const machine = await stack.hypervisor.vm('default.web');
    expect([machine?.power, machine?.stamp]).toEqual(['on', undefined]);
    await until('that is told', async () => (await events('Released')).length === 1);
    expect((await events('Released'))[0]).toMatch(/default\.web .*VirtualMachine default\/web, which is gone, runs on/);
    expect(await stampOf('default.kept')).toBe(kept);
    expect(await stampOf('default.db')).toBe(db);
    expect((await stack.rpcs())['Delete']).toBe(1);
  });

  it('that could not be let go say why, and are tried again', async () => {
    const effect = { kind: 'fail', code: 'FailedPrecondition', reason: 'SOMETHING_ELSE', message: 'not today' };
    await stack.hypervisor.addFaults({ id: 'once', point: 'delete', times: 1, effect });
    await release(db);
    await shows('the problem is told of', (now) => /SOMETHING_ELSE/.test(now?.machines[0]?.problem ?? ''));
    await until('as an event, too', async () => (await events('ReleaseRefused')).length === 1);
    expect(await stampOf('default.db')).toBe(db);
    await shows('none is left', (now) => now === undefined);
    expect(await stampOf('default.db')).toBeUndefined();
  });

  it('that another object asks to take over are let be: they are its to have', async () => {
    const lost = await forceDelete('default/kept');
    await shows('it is told of', (now) => now?.count === 1);
    const annotations = { 'virtrigaud.io/take-over': lost, 'virtrigaud.io/paused': 'true' };
    await stack.createVm('default/heir', {}, { annotations });
    await stack.condition('VirtualMachine', 'default/heir', 'Paused', 'True');
    await release(lost);
    await shows('why not is told of', (now) => /default\/heir/.test(now?.machines[0]?.problem ?? ''));
    await stack.edit('VirtualMachine', 'default/heir', { metadata: { annotations: { 'virtrigaud.io/paused': null } } });
    await stack.ready('default/heir');
    await shows('it has an owner', (now) => now === undefined);
    expect(await stampOf('default.kept')).toBe(await uidOf('default/heir'));
  });

  it('that vanish by themselves are told of no more', async () => {
    // Nothing is sent for what is paused: its finalizer is taken off by hand, under a manager that looks on.
    await stack.edit('VirtualMachine', 'default/heir', {
      metadata: { annotations: { 'virtrigaud.io/paused': 'true' } },
    });
    await stack.delete('VirtualMachine', 'default/heir');
    await stack.edit('VirtualMachine', 'default/heir', { metadata: { finalizers: null } });
    await stack.gone('VirtualMachine', 'default/heir');
    await shows('it is told of', (now) => now?.count === 1);
    await stack.hypervisor.remove('default.kept');
    await shows('it is not', (now) => now === undefined);
  });
});
