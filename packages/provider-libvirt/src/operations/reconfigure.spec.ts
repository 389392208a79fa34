import { describe, expect, it } from '@jest/globals';
import { aCall, FakeDomain } from '../testing/fake-domain.ts';
import { aSpec } from '../testing/a-spec.ts';
import { reconfigureVm } from './reconfigure.ts';

const PATH = '/pool/root.qcow2';
const root = { sizeBytes: 64, provisioning: undefined, storage: undefined, bus: undefined };

/** Asks for a root disk of 64 bytes where 0 were seen, and answers to which sizes the disk was set. */
async function growing(
  capacityBytes: bigint,
): Promise<{ readonly resized: readonly bigint[]; readonly error: unknown }> {
  const resized: bigint[] = [];
  const domain = new FakeDomain({
    domainGetXmlDesc: async () => '<domain type="qemu"><name>default.web</name></domain>',
    domainGetBlockInfo: async () => ({ capacityBytes, allocationBytes: 0n, physicalBytes: 0n }),
    domainBlockResize: async (_domain, { sizeBytes }) => {
      resized.push(sizeBytes);
    },
  });
  const disk = { name: 'root', id: PATH, path: PATH, sizeBytes: 0, format: 'qcow2', bus: 'virtio', root: true };
  const request = {
    vm: domain.vm({ disks: [disk] }),
    changes: [{ kind: 'Root', root }] as const,
    desired: aSpec({ root }),
    validateOnly: false,
  };
  const error: unknown = await reconfigureVm(domain.host, request, aCall('grow')).catch((thrown: unknown) => thrown);
  return { resized, error };
}

describe('the size of a disk that runs', () => {
  it('grows', async () => {
    expect(await growing(32n)).toEqual({ resized: [64n], error: undefined });
  });

  it('stays where it is so already', async () => {
    expect(await growing(64n)).toEqual({ resized: [], error: undefined });
  });

  it('P83 never shrinks, whatever was seen of it before: QEMU would cut it', async () => {
    expect(await growing(128n)).toMatchObject({ resized: [], error: { reason: 'INVALID_FIELD' } });
  });
});
