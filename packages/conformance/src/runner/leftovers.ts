import type { ProviderClient, VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Profile } from '../profile.ts';
import { removeVmOf } from './clean-up.ts';
import { showError } from './show.ts';

/** Ids of the clusters that this suite claims to be begin with it: by it, what a killed run left is told from people's VMs. */
export const CLUSTER_PREFIX = 'virtrigaud-conformance-';

/** What became of one leftover. */
export interface Removal {
  readonly vm: string;
  /** Why it is still there; undefined: it is gone. */
  readonly problem?: string | undefined;
}

/** VMs that earlier runs with this profile left, as the provider lists them. */
export async function findLeftovers(client: ProviderClient, profile: Profile): Promise<readonly VirtualMachineState[]> {
  const left: VirtualMachineState[] = [];
  let pageToken = '';
  do {
    const page = await client.listVMs({ pageToken }, { timeoutMs: profile.callSeconds * 1000 });
    left.push(...page.vms.filter((vm) => isLeftover(vm, profile)));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return left;
}

/** Removes them: those that bear our stamp and our name, and nothing else. */
export async function removeLeftovers(client: ProviderClient, profile: Profile): Promise<readonly Removal[]> {
  const removals: Removal[] = [];
  for (const { id, name, owner } of await findLeftovers(client, profile)) {
    if (!owner) continue;
    const vm = `${id} ("${name}")`;
    const problem = await removeVmOf({ client, profile, backdoor: {} }, owner).then(
      () => undefined,
      (error: unknown) => showError(error),
    );
    removals.push({ vm, problem });
  }
  return removals;
}

function isLeftover({ owner, name }: VirtualMachineState, { namePrefix }: Profile): boolean {
  return owner !== undefined && owner.clusterId.startsWith(CLUSTER_PREFIX) && name.startsWith(`${namePrefix}-`);
}
