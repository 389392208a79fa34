import { describe, expect, it } from '@jest/globals';
import {
  Capability,
  Code,
  CONTRACT_REVISION,
  ContractError,
  PowerState,
  type ProviderClient,
} from '@virtrigaud/grpc-contract/client';
import { parseProfile } from '../profile.ts';
import { runConformance } from '../runner/run-conformance.ts';
import { diskChecks } from './disk.ts';

const MIB = 2n ** 20n;
const absent = () => new ContractError({ code: Code.NOT_FOUND, reason: 'VM_ABSENT', message: 'it is not there' });

/** A provider of one VM with a root disk, which stays when whoever adopted it has it deleted. */
function oneVm() {
  const disks = [{ id: 'root-1', name: 'root', root: true, detached: false, sizeBytes: 1024n * MIB }];
  const grownTo: (bigint | undefined)[] = [];
  let isThere = false;
  const client = {
    getProviderInfo: async () => ({
      contractMin: CONTRACT_REVISION,
      contractMax: CONTRACT_REVISION,
      capabilities: [Capability.ADOPT],
    }),
    create: async () => {
      isThere = true;
      return {};
    },
    describe: async () => {
      if (!isThere) throw absent();
      return { vm: { id: 'vm-1', powerState: PowerState.OFF, disks } };
    },
    reconfigure: async ({ desired }: Parameters<ProviderClient['reconfigure']>[0]) => {
      const sizeBytes = desired?.root?.sizeBytes;
      grownTo.push(sizeBytes);
      for (const disk of disks) disk.sizeBytes = sizeBytes ?? disk.sizeBytes;
      return {};
    },
    delete: async ({ releaseOnly }: Parameters<ProviderClient['delete']>[0]) => {
      if (!releaseOnly) isThere = false;
      return {};
    },
    adopt: async () => ({}),
  } as unknown as ProviderClient;
  return { client, disks, grownTo };
}

async function report(id: string, { client, disks }: ReturnType<typeof oneVm>, removed: () => void = () => undefined) {
  const parsed = parseProfile({ limits: { diskMiB: 8, moreDiskMiB: 9 }, settleSeconds: 1 });
  if (!parsed.ok) throw new Error(parsed.problem);
  return runConformance({
    client,
    profile: parsed.profile,
    checks: diskChecks.filter((check) => check.id === id),
    backdoor: { listDiskIds: async () => disks.map((disk) => disk.id), removeVm: async () => removed() },
  });
}

describe('disk/root-grown', () => {
  it('asks for no more than the profile allows', async () => {
    const provider = oneVm();
    expect(await report('disk/root-grown', provider)).toMatchObject({ ok: true, passed: 1 });
    expect(provider.grownTo).toEqual([1032n * MIB]);
  });
});

describe('disk/of-nobody', () => {
  it('says which disks it has left behind', async () => {
    const { passed, leftovers, ok } = await report('disk/of-nobody', oneVm());
    expect({ passed, ok }).toEqual({ passed: 1, ok: false });
    expect(leftovers).toEqual([expect.stringContaining('disk/of-nobody: disk root-1: it is still at the hypervisor')]);
  });

  it('is content where the hand behind the back took them along', async () => {
    const provider = oneVm();
    const removed = () => void provider.disks.splice(0);
    expect(await report('disk/of-nobody', provider, removed)).toMatchObject({ ok: true, passed: 1, leftovers: [] });
  });
});
