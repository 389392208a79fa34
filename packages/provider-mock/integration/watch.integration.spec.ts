import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MockHypervisor } from '../src/hypervisor/mock-hypervisor.ts';
import type { HypervisorEvent } from '../src/hypervisor/watch-state.ts';
import { powerVm } from '../src/operations/power-vm.ts';
import { testHypervisor, unguarded } from '../src/testing/with-hypervisor.ts';
import type { TestHypervisor } from '../src/testing/with-hypervisor.ts';
import { until } from '../src/testing/until.ts';

describe('watching a hypervisor', () => {
  let test: TestHypervisor;
  let events: (HypervisorEvent & { readonly at: number })[];
  let end: () => void;

  beforeEach(async () => {
    test = await testHypervisor();
    events = [];
    // Another process's view: what it is told comes by the file system alone.
    const watcher = await MockHypervisor.open(test.host.directory);
    end = await watcher.watch((event) => events.push({ ...event, at: Date.now() }));
  });
  afterEach(async () => {
    end();
    await test.remove();
  });

  const toldAt = (id: string) =>
    Math.max(0, ...events.filter((event) => event.kind === 'changed' && event.id === id).map(({ at }) => at));
  const told = (id: string) => toldAt(id) > 0;

  it('tells what others make, change and remove', async () => {
    const { id } = await test.truth.define({ name: 'a' });
    await until(() => told(id));
    events.length = 0;
    await test.truth.change('a', { power: 'on' });
    await until(() => told(id));
    events.length = 0;
    await test.truth.remove('a');
    await until(() => told(id));
  });

  it('tells a change of a disk as one of its VM', async () => {
    const vm = await test.create();
    await until(() => told(vm.id));
    events.length = 0;
    const [volume] = await test.truth.volumes();
    await test.host.putVolume({ ...volume!, sizeBytes: 5 });
    await until(() => told(vm.id));
  });

  it('tells what a guest does by itself', async () => {
    const vm = await test.create();
    await test.truth.setKnobs({ shutdownMs: 150 });
    const asked = await powerVm(test.host, 'shutdown', { id: vm.id, ownerUid: vm.id, operationId: 'o', ...unguarded });
    await until(() => toldAt(vm.id) >= (asked.offAt ?? Infinity));
    expect((await test.truth.vm(vm.id))?.power).toBe('off');
  });

  it('tells late what the knobs make late', async () => {
    const order: string[] = [];
    const prompt = await test.host.watch(() => order.push('prompt'));
    const lagging = await MockHypervisor.open(test.host.directory, { streamLagMs: 500 });
    const late = await lagging.watch(() => order.push('late'));
    await test.truth.define({ name: 'a' });
    await until(() => order.includes('late'));
    expect(order[0]).toBe('prompt');
    prompt();
    late();
  });

  it('says that it cannot watch, when the knobs cannot be read', async () => {
    await writeFile(join(test.host.directory, 'knobs.json'), '{');
    await until(() => events.some(({ kind }) => kind === 'failed'));
  });

  it('tells when it goes blind and when it sees again, and nothing between', async () => {
    await test.truth.setKnobs({ blind: true });
    await until(() => events.some((event) => event.kind === 'sight' && event.blind));
    events.length = 0;
    await test.truth.define({ name: 'unseen' });
    await test.truth.setKnobs({ blind: false });
    await until(() => events.some((event) => event.kind === 'sight'));
    expect(events[0]).toMatchObject({ kind: 'sight', blind: false });
  });
});
