import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createProviderClient } from '@virtrigaud/grpc-contract/client';
import { conformanceOf, notRun } from './fixtures/conformance-of.ts';
import { mockBackdoor, mockImage, mockKnobs, mockNetwork, openMockLab, type MockLab } from './fixtures/mock-lab.ts';
import { profileOf } from './fixtures/profile-of.ts';

describe('provider-mock, as a process of its own', () => {
  let lab: MockLab;
  beforeEach(async () => {
    lab = await openMockLab();
  });
  afterEach(async () => {
    await lab.close();
  });

  it('keeps every promise of the contract', async () => {
    const client = createProviderClient({ address: lab.address });
    try {
      const profile = profileOf({ image: mockImage, network: mockNetwork });
      await lab.hypervisor.setKnobs(mockKnobs);
      const report = await conformanceOf({ client, profile, backdoor: mockBackdoor(lab.hypervisor) });
      expect(report).toMatchObject({ ok: true, failed: 0, leftovers: [] });
      // It has no credentials.
      expect(notRun(report)).toEqual(['absence/refused-logins']);
      expect(await lab.hypervisor.vms()).toEqual([]);
      expect(await lab.hypervisor.volumes()).toEqual([]);
    } finally {
      client.close();
    }
  });
});
