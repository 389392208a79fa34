import { macOf } from '../hypervisor/guest.ts';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { Nic } from '../hypervisor/records.ts';
import type { WantedNic } from './wanted.ts';

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
