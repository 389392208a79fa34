import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testHypervisor, unhurried } from '../testing/with-hypervisor.ts';
import type { TestHypervisor } from '../testing/with-hypervisor.ts';
import { MockHypervisor } from './mock-hypervisor.ts';

describe('knobs', () => {
  let test: TestHypervisor;
  beforeEach(async () => {
    test = await testHypervisor();
  });
  afterEach(() => test.remove());

  it('are seen by every process at its next call', async () => {
    expect((await test.host.knobs.read()).blind).toBe(false);
    await test.truth.setKnobs({ blind: true });
    expect((await test.host.knobs.read()).blind).toBe(true);
    await test.truth.setKnobs({ latencyMs: 1 });
    expect(await test.host.knobs.read()).toMatchObject({ blind: true, latencyMs: 1 });
  });

  it('fall back to those of the endpoint', async () => {
    const host = await MockHypervisor.open(test.host.directory, { bootMs: 5, importMs: 6 });
    await test.truth.setKnobs({ bootMs: 7 });
    expect(await host.knobs.read()).toMatchObject({ bootMs: 7, importMs: 6 });
  });

  it.each(['{', '[]', '{"blnd": true}', '{"latencyMs": -1}', '{"faults": [{"id": "a", "point": "x"}]}'])(
    'that are %s are refused by the name of their file',
    async (text) => {
      const path = join(test.host.directory, 'knobs.json');
      await writeFile(path, text);
      await expect(test.host.reach('list', {}, unhurried)).rejects.toMatchObject({
        code: 'BadKnobs',
        message: expect.stringContaining(path),
      });
    },
  );

  it('let a fault strike as often as it says, over all processes', async () => {
    const other = await MockHypervisor.open(test.host.directory);
    await test.truth.addFaults({ id: 'f', point: 'list', times: 3, effect: { kind: 'fail', code: 'Unavailable' } });
    const hosts = [test.host, other, test.host, other, test.host];
    const results = await Promise.allSettled(hosts.map((host) => host.reach('list', {}, unhurried)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(3);
  });

  it.each([
    { fault: { point: 'create.*' }, at: 'create.claim', subject: {}, strikes: true },
    { fault: { point: 'create.*' }, at: 'create', subject: {}, strikes: false },
    { fault: { point: 'power', vm: 'default.web' }, at: 'power', subject: { name: 'default.web' }, strikes: true },
    { fault: { point: 'power', vm: 'u1' }, at: 'power', subject: { id: 'u1' }, strikes: true },
    { fault: { point: 'power', vm: 'u1' }, at: 'power', subject: { id: 'u2', name: 'x' }, strikes: false },
  ])('bind a fault to $fault', async ({ fault, at, subject, strikes }) => {
    await test.truth.addFaults({ id: 'f', ...fault, effect: { kind: 'fail', code: 'Internal' } });
    const result = await test.host.pass(at, subject, unhurried).then(
      () => false,
      () => true,
    );
    expect(result).toBe(strikes);
  });

  it('let a call hang until it is given up', async () => {
    await test.truth.addFaults({ id: 'f', point: 'list', effect: { kind: 'hang' } });
    const patience = new AbortController();
    const call = test.host.reach('list', {}, patience.signal);
    patience.abort();
    await expect(call).rejects.toMatchObject({ code: 'Unreachable' });
  });
});
