import { describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { memoryCloudProvider, MemoryCloud } from '../../packages/provider-sdk/examples/memory-cloud.ts';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
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
    expect(notRun(report).filter((id) => !/^(power|image|disk|nic)\//.test(id))).toEqual(['adopt/while-it-is-made']);
    expect(cloud.all.size).toBe(0);
  });
});
