import { ErrorCode, isLibvirtCode } from '@virtrigaud/libvirt-client';
import { dependencyMissing } from '@virtrigaud/provider-sdk';
import type { MachinePlan } from '../machine/machine-plan.ts';
import type { Host } from '../session/host.ts';

/** Checks that networks are there and active. They are never created or started: they are a person's. */
export async function requireNetworks({ libvirt }: Host, { nics }: MachinePlan): Promise<void> {
  const names = new Set(nics.map(({ network }) => network).filter((name) => name !== undefined));
  for (const name of names) {
    const problem = await networkProblem(libvirt, name);
    if (problem !== undefined) throw dependencyMissing(problem);
  }
}

/** What is wrong with a network, if anything. */
export async function networkProblem({ networkLookupByName, networkIsActive }: Host['libvirt'], name: string) {
  try {
    const network = await networkLookupByName(name);
    return (await networkIsActive(network))
      ? undefined
      : `network "${name}" is not active at libvirt: start it (virsh net-start ${name})`;
  } catch (error) {
    if (!isLibvirtCode(error, ErrorCode.noNetwork)) throw error;
    return `network "${name}" does not exist at libvirt: define it, or name another`;
  }
}
