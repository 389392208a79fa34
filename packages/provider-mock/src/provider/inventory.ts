import type { CallContext, VmState } from '@virtrigaud/provider-sdk';
import { settledAt } from '../hypervisor/guest.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { VmRecord, VolumeRecord } from '../hypervisor/records.ts';
import { isOwnedBy } from '../operations/effect-guard.ts';
import { translated } from './provider-error-of.ts';
import { stateOf } from './state-of.ts';

/** Every VM there is, but those that the knobs hide. */
export async function* listVms(host: MockHypervisor, { signal }: CallContext): AsyncIterable<VmState> {
  const { records, volumes, hidden } = await translated(async () => {
    await host.reach('list', {}, signal);
    const { hidden } = await host.knobs.read();
    // Volumes first: a VM that appears after them is told by its event.
    const volumes = Map.groupBy((await host.volumes.list()).values(), ({ vmId }: VolumeRecord) => vmId);
    return { records: await host.vms.list(), volumes, hidden };
  });
  const now = Date.now();
  for (const record of records.values()) {
    if (hidden.includes(record.id) || hidden.includes(record.name)) continue;
    yield stateOf({ record: settledAt(record, now), volumes: volumes.get(record.id) ?? [] }, now);
  }
}

/** Asks for the VMs of one owner, or of one id; none is an answer. */
export async function findVms(
  host: MockHypervisor,
  by: { readonly ownerUid: string } | { readonly id: string },
  { signal }: CallContext,
): Promise<readonly VmState[]> {
  return await translated(async () => {
    await host.reach('find', 'id' in by ? { id: by.id } : { id: by.ownerUid }, signal);
    const found =
      'id' in by
        ? await oneVm(host, by.id)
        : (await host.stampedBy(by.ownerUid)).filter((vm) => isOwnedBy(vm, by.ownerUid));
    return await Promise.all(
      found.map(async (record) => stateOf({ record, volumes: await host.volumesOf(record.id) }, Date.now())),
    );
  });
}

async function oneVm(host: MockHypervisor, id: string): Promise<readonly VmRecord[]> {
  const vm = await host.vm(id);
  return vm ? [vm] : [];
}
