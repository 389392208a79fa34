import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createProviderClient } from '@virtrigaud/grpc-contract/client';
import type { LeaseSpec } from '@virtrigaud/kube-runtime';
import { Candidates, leaseDurationMs, leads } from './stack/candidates.ts';
import { difference, type Stack } from './stack/stack.ts';
import { until } from './stack/until.ts';

// Leases that end, and four processes, on a machine that may do much else.
jest.setTimeout(180_000);

describe('two managers, of which one leads', () => {
  let candidates: Candidates;

  beforeEach(async () => {
    candidates = await Candidates.start();
  });

  afterEach(async () => {
    await candidates.stop();
  });

  const names = async () => (await candidates.stack.hypervisor.vms()).map(({ name }) => name).sort();

  it('one acts; it is killed, and the other acts when the lease is over, not before', async () => {
    const { stack, first, second } = candidates;
    await Promise.all(['a', 'b', 'c'].map((name) => stack.createVm(`default/${name}`)));
    for (const name of ['a', 'b', 'c']) await stack.ready(`default/${name}`);
    expect(second.program.log()).not.toContain('"Leads"');
    expect(await candidates.answered()).toEqual({ 'Create OK': 3 });

    first.program.kill('SIGKILL');
    await first.program.exited;
    const before = await candidates.lease();
    await stack.createVm('default/d');
    expect(await candidates.secondLeads()).toBe((await leads(first)) + 1);
    const after = await candidates.lease();
    expect(silenceMs(before, after)).toBeGreaterThanOrEqual(leaseDurationMs);
    await stack.ready('default/d');
    expect(await candidates.answered()).toEqual({ 'Create OK': 4 });
    expect((await stack.rpcs())['Create']).toBe(1);
    expect(await names()).toEqual(['default.a', 'default.b', 'default.c', 'default.d']);
  });

  it('a leader that was paused wakes: every mutation that it had under way is refused, and it leads no more', async () => {
    const { stack, first } = candidates;
    for (const name of ['a', 'b', 'c']) await stack.createVm(`default/${name}`);
    for (const name of ['a', 'b', 'c']) await stack.ready(`default/${name}`);
    const before = await candidates.answered();
    const sent = await mutationsBegun(stack);

    first.gate.shut();
    await stack.edit('VirtualMachine', 'default/a', { spec: { resources: { cpu: 3 } } });
    await stack.edit('VirtualMachine', 'default/b', { spec: { powerState: 'Off' } });
    await stack.delete('VirtualMachine', 'default/c');
    await stack.createVm('default/d');
    await until('all four are under way', async () => {
      return Object.keys(difference(sent, await mutationsBegun(stack))).length === 4;
    });
    first.program.kill('SIGSTOP');

    await candidates.secondLeads();
    await stack.ready('default/a');
    await stack.ready('default/d');
    await stack.condition('VirtualMachine', 'default/b', 'Ready', 'True');
    await stack.gone('VirtualMachine', 'default/c');
    const done = { 'Create OK': 1, 'Delete OK': 1, 'Power OK': 1, 'Reconfigure OK': 1 };
    expect(difference(before, await candidates.answered())).toEqual(done);

    first.gate.open();
    const refused = { 'Create Aborted': 1, 'Delete Aborted': 1, 'Power Aborted': 1, 'Reconfigure Aborted': 1 };
    await until('each has been refused', async () => {
      const now = difference(before, await candidates.answered());
      return Object.keys(refused).every((name) => now[name] !== undefined);
    });
    first.program.kill('SIGCONT');
    await first.program.line('leading ended; a candidate again');
    expect(difference(before, await candidates.answered())).toEqual({ ...done, ...refused });
    expect(await names()).toEqual(['default.a', 'default.b', 'default.d']);
    expect(await stack.hypervisor.vm('default.a')).toMatchObject({ power: 'on', configured: { cpus: 3 } });
    expect(await stack.hypervisor.vm('default.b')).toMatchObject({ power: 'off' });
  });

  it('a leader whose Lease holds learns from a refusal that a newer one was seen: it steps down, and rises above it', async () => {
    const { stack, first, second } = candidates;
    await stack.createVm('default/a');
    await stack.ready('default/a');
    await announce(candidates, 40);
    await stack.createVm('default/b');
    await first.program.line('a provider has seen a newer leader; leading ends');
    await first.program.line('Released the Lease');
    await stack.ready('default/b');
    expect(await candidates.answered()).toEqual({ 'Create Aborted': 1, 'Create OK': 2 });
    expect((await candidates.lease()).leaseTransitions).toBe(41);
    expect([first, second].flatMap(({ program }) => program.log().match(/leading ends/g) ?? [])).toHaveLength(1);
  });

  it('P14 a leader that is told to stop, with a Create that nobody has answered, lets its Lease expire: the next begins when that is over', async () => {
    const { stack, first } = candidates;
    await stack.createVm('default/a');
    await stack.ready('default/a');
    const sent = await mutationsBegun(stack);
    first.gate.shut();
    await stack.createVm('default/b');
    await until('it is under way', async () => difference(sent, await mutationsBegun(stack))['Create'] === 1);
    await first.gate.close();
    first.program.kill('SIGTERM');
    await first.program.line('The Lease is left to expire');
    const before = await candidates.lease();
    expect(before.holderIdentity).not.toBe('');
    await candidates.secondLeads();
    expect(silenceMs(before, await candidates.lease())).toBeGreaterThanOrEqual(leaseDurationMs);
    await stack.ready('default/b');
    expect(await names()).toEqual(['default.a', 'default.b']);
    expect((await candidates.answered())['Create OK']).toBe(2);
  });

  it('a deleted Lease does not lower the term', async () => {
    const { stack, first } = candidates;
    await announce(candidates, 7);
    await candidates.leases.delete('default/virtrigaud-manager');
    await first.program.line('leading ended; a candidate again');
    await stack.createVm('default/a');
    await stack.ready('default/a');
    const { leaseTransitions } = await candidates.lease();
    expect(leaseTransitions).toBe(8);
    expect(await candidates.answered()).toEqual({ 'Create OK': 1 });
  });
});

/** Mutations of VMs that the manager has begun so far, by method. */
async function mutationsBegun(stack: Stack): Promise<Readonly<Record<string, number>>> {
  const metrics = await stack.metrics();
  const found = metrics.matchAll(
    /^grpc_client_started_total\{.*grpc_method="(Create|Power|Reconfigure|Delete)".*\} (\d+)$/gm,
  );
  return Object.fromEntries([...found].map(([, method = '', count]) => [method, Number(count)]));
}

/** How long the Lease was not renewed before somebody else took it. */
function silenceMs(before: LeaseSpec, after: LeaseSpec): number {
  return Date.parse(after.acquireTime ?? '') - Date.parse(before.renewTime ?? '');
}

/** Tells the provider of a leader of that term, as that leader would. */
async function announce({ stack }: Candidates, term: number): Promise<void> {
  const { items } = await stack.namespaces().list();
  const clusterId = items.find(({ metadata }) => metadata.name === 'kube-system')?.metadata.uid;
  if (clusterId === undefined) throw new Error('the API server has no namespace kube-system');
  const client = createProviderClient({ address: `unix:${stack.directory}/lab.sock` });
  await client.getProviderInfo({ clusterId, term: BigInt(term) }, { timeoutMs: 10_000 });
  client.close();
}
