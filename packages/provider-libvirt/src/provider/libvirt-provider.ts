import { createRequire } from 'node:module';
import { implementProvider, type HypervisorInfo, type Provider } from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { findVms, listVms } from '../inventory/find-domains.ts';
import { watchDomains } from '../inventory/watch-domains.ts';
import { extraConfig } from '../machine/settings.ts';
import { adoptVm } from '../operations/adopt.ts';
import { createVm } from '../operations/create.ts';
import { deleteVm } from '../operations/delete.ts';
import { describeImage, prepareImage } from '../operations/images.ts';
import { powerVm } from '../operations/power.ts';
import { reconfigureVm } from '../operations/reconfigure.ts';
import { openHost, type Host } from '../session/host.ts';
import { hypervisorIdOf } from '../session/hypervisor-id.ts';
import { validate } from './validate.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

/** The provider of libvirt. */
export const libvirtProvider: Provider = implementProvider<Host>({
  type: 'libvirt',
  version,
  // One libvirtd: a second replica gives rollouts without a gap, not throughput.
  replicaMode: 'ActiveStandby',
  features: ['GracefulShutdown', 'Suspend', 'CloudInit', 'DiskGrowOnline'],
  extraConfig,

  connect: (context) => openHost(context),
  disconnect: ({ libvirt }) => libvirt.close(),
  hypervisor,
  validate,

  listVms,
  findVms,
  watchVms: (host, sink, signal) => asProvider('libvirt', () => watchDomains(host, sink, signal)),

  createVm,
  adoptVm,
  deleteVm,
  powerVm,
  reconfigureVm,
  prepareImage,
  describeImage,
});

async function hypervisor({ libvirt, virtType }: Host): Promise<HypervisorInfo> {
  return asProvider('libvirt', async () => ({
    id: await hypervisorIdOf(libvirt),
    version: `libvirt ${versionText(await libvirt.getLibVersion())}, QEMU ${versionText(await libvirt.getVersion())}`,
    note: virtType === 'kvm' ? 'KVM' : 'no KVM: guests are emulated',
  }));
}

/** libvirt packs a version into one number. */
function versionText(packed: bigint): string {
  return [packed / 1_000_000n, (packed / 1_000n) % 1_000n, packed % 1_000n].join('.');
}
