import { openMockHypervisor } from '@virtrigaud/provider-mock';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Home, root, succeed } from './workspace.ts';

jest.setTimeout(600_000);

const names = ['web-1', 'web-2', 'db-1'];

interface Vm {
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly status: { readonly id: string; readonly bootedAt: string };
}

const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

/** The machines, their Provider and image. Each takes over the machine that bears a uid, where one is given. */
function manifests(hypervisor: string, takeOver: ReadonlyMap<string, string>): string {
  const lab = { apiVersion: 'infra.virtrigaud.io/v1beta1', kind: 'Provider', metadata: { name: 'lab' } };
  const image = { apiVersion: 'infra.virtrigaud.io/v1beta1', kind: 'VMImage', metadata: { name: 'tiny' } };
  const machines = names.map((name) => ({
    apiVersion: 'infra.virtrigaud.io/v1beta1',
    kind: 'VirtualMachine',
    metadata: { name, annotations: takeOver.has(name) ? { 'virtrigaud.io/take-over': takeOver.get(name) } : {} },
    spec: { providerRef: { name: 'lab' }, imageRef: { name: 'tiny' }, resources: { cpu: 1, memory: '64Mi' } },
  }));
  return [
    { ...lab, spec: { type: 'mock', endpoint: `mock://${hypervisor}` } },
    { ...image, spec: { source: { custom: [{ type: 'mock', template: 'tiny' }] } } },
    ...machines,
  ]
    .map((one) => `${JSON.stringify(one)}\n`)
    .join('---\n');
}

describe('the restore drill', () => {
  let home: Home;
  let hypervisor: string;
  let uids: ReadonlyMap<string, string>;
  const program = join(root, 'packages/cli/bin/virtrigaud.js');
  const apply = (text: string) =>
    succeed(process.execPath, [program, 'apply', '-f', '-'], { env: home.env, input: text });
  const up = () => home.virtrigaud('up', '--detach');
  const loseObjects = () => rm(join(home.directory, 'virtrigaud/up/apiserver'), { recursive: true });
  const ready = async (): Promise<readonly Vm[]> => {
    await home.virtrigaud('wait', ...names.map((name) => `vm/${name}`), '--for=condition=Ready', '--timeout=180s');
    return (JSON.parse(await home.virtrigaud('get', 'vm', '-o', 'json')) as { items: Vm[] }).items;
  };
  const idsOf = (vms: readonly Vm[]) => new Map(vms.map(({ metadata, status }) => [metadata.name, status.id]));
  /** What the hypervisor itself has: machines, when each was last powered on, and disks. */
  const truth = async () => {
    const access = await openMockHypervisor(hypervisor);
    const [machines, volumes] = await Promise.all([access.vms(), access.volumes()]);
    return {
      machines: machines.map(({ id, name, bootedAt }) => ({ id, name, bootedAt })).sort(byId),
      volumes: volumes.map(({ vmId, name }) => `${vmId} ${name}`).sort(),
    };
  };
  let before: Awaited<ReturnType<typeof truth>>;
  let ids: ReadonlyMap<string, string>;

  beforeAll(async () => {
    home = await Home.make();
    hypervisor = join(home.directory, 'hypervisor');
    await up();
    await apply(manifests(hypervisor, new Map()));
    const vms = await ready();
    ids = idsOf(vms);
    uids = new Map(vms.map(({ metadata }) => [metadata.name, metadata.uid]));
    before = await truth();
    expect(before.machines).toHaveLength(names.length);
  });
  afterAll(async () => {
    await home.virtrigaud('down');
    await home.remove();
  });

  it('with a backup: objects are lost, it is restored, and they are the same machines; none is made, deleted or rebooted', async () => {
    const file = join(home.directory, 'monday.backup');
    await home.virtrigaud('backup', file);
    await home.virtrigaud('down');
    await loseObjects();
    await home.virtrigaud('restore', file);
    await up();
    expect(idsOf(await ready())).toEqual(ids);
    expect(await truth()).toEqual(before);
  });

  it('without one: the objects are applied anew with take-over, and they are the same machines', async () => {
    await home.virtrigaud('down');
    await loseObjects();
    await up();
    await apply(manifests(hypervisor, uids));
    const vms = await ready();
    expect(idsOf(vms)).toEqual(ids);
    expect(vms.map(({ metadata }) => uids.get(metadata.name))).not.toEqual(vms.map(({ metadata }) => metadata.uid));
    expect(await truth()).toEqual(before);
  });
});
