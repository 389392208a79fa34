import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { memoryCloudProvider, MemoryCloud } from '../../packages/provider-sdk/examples/memory-cloud.ts';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import { allChecks, groupOf } from '@virtrigaud/conformance';
import { HeedingCloud } from './fixtures/heeding-cloud.ts';
import { LabCloud } from './fixtures/memory-lab.ts';
import { profileOf } from './fixtures/profile-of.ts';
import { conformanceOf, notRun } from './fixtures/conformance-of.ts';

const example = new URL('../../packages/provider-sdk/examples/memory-cloud.ts', import.meta.url);

describe("the SDK's example", () => {
  it('has at most 60 lines', async () => {
    const text = await readFile(example, 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
  });

  it('keeps the contract as it is, without a hand behind its back', async () => {
    const cloud = new MemoryCloud();
    const report = await withServedProvider(memoryCloudProvider(cloud), {}, ({ client }) =>
      conformanceOf({ client, profile: profileOf({}) }),
    );
    expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
    expect(report.passed).toBeGreaterThanOrEqual(55);
    expect(cloud.instances.size).toBe(0);
  });
});

describe("the SDK's example, in a laboratory", () => {
  it('keeps every promise of the contract', async () => {
    const cloud = new LabCloud();
    const report = await withServedProvider(cloud.provider, { credentials: cloud.credentials }, ({ client }) =>
      conformanceOf({ client, profile: profileOf({}), backdoor: cloud.backdoor }),
    );
    expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
    // It neither suspends nor reboots nor asks guests, has neither images nor disks nor NICs, and shows no VM before it is finished.
    for (const id of ['disk/repeated', 'nic/repeated']) expect(notRun(report)).not.toContain(id);
    expect(notRun(report).filter((id) => !/^(power|image|disk|nic)\//.test(id))).toEqual(['adopt/while-it-is-made']);
    expect(cloud.all.size).toBe(0);
  });
});

describe('a provider that makes data disks and NICs, and never changes them', () => {
  it('is right, and what it never does is listed as not run', async () => {
    const cloud = new HeedingCloud('lan');
    const report = await withServedProvider(cloud.provider, {}, ({ client }) =>
      conformanceOf({
        client,
        profile: profileOf({ network: cloud.network }),
        backdoor: { listDiskIds: async () => cloud.diskIds() },
        checks: allChecks.filter((check) => ['disk', 'nic'].includes(groupOf(check))),
      }),
    );
    expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
    expect(report.checks.filter(({ outcome }) => outcome === 'passed').map(({ id }) => id)).toEqual([
      'disk/as-asked',
      'disk/order-says-nothing',
      'disk/repeated',
      'disk/deleted-with-the-vm',
      'nic/as-asked',
      'nic/none',
      'nic/given-mac',
      'nic/mac-stays',
      'nic/repeated',
      'nic/unset-is-not-none',
      'nic/network-missing',
    ]);
    expect(notRun(report)).toEqual([
      'disk/grown',
      'disk/root-grown',
      'disk/never-shrinks',
      'disk/added',
      'disk/validate-only',
      'disk/removed',
      'disk/comes-back',
      'disk/added-while-it-runs',
      'disk/hotplug',
      'disk/grows-while-it-runs',
      'disk/detached-outlives-the-vm',
      'disk/back-with-a-new-vm',
      'disk/of-a-handed-over-vm',
      'disk/of-nobody',
      'nic/added',
      'nic/removed',
      'nic/order',
      'nic/added-to-nowhere',
      'nic/added-while-it-runs',
      'nic/hotplug',
    ]);
    expect(cloud.machines.size).toBe(0);
  });
});
