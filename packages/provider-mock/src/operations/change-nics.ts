import { macOf } from '../hypervisor/guest.ts';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { Nic, VmRecord } from '../hypervisor/records.ts';
import type { WantedNic } from './wanted.ts';

/** Makes the VM's NICs what is wanted, while it is on, too. */
export async function changeNics(
  host: MockHypervisor,
  vm: VmRecord,
  { nics, signal }: { readonly nics: readonly WantedNic[]; readonly signal: AbortSignal },
): Promise<VmRecord> {
  await host.reach('reconfigure', vm, signal);
  const wanted = await withNicsOf(host, vm.id, nics);
  const changed = await host.change(vm.id, (current) => ({ ...current, nics: wanted }));
  await host.pass('reconfigure.nics', vm, signal);
  return changed;
}

/**
 * The NICs as they will be, each with its MAC.
 *
 * @throws `HypervisorError` `NoSuchNetwork`.
 */
export async function withNicsOf(
  host: MockHypervisor,
  vmId: string,
  nics: readonly WantedNic[],
): Promise<readonly Nic[]> {
  const { networks } = await host.knobs.read();
  const missing = nics.find(({ network }) => networks && network !== '' && !networks.includes(network));
  if (missing)
    throw new HypervisorError(
      'NoSuchNetwork',
      `there is no network ${missing.network}, which NIC ${missing.name} asks for`,
    );
  return nics.map((nic) => ({ ...nic, mac: nic.mac === '' ? macOf(vmId, nic.name) : nic.mac }));
}
