import { createRequire } from 'node:module';
import { hypervisorUnreachable, implementProvider, ProviderError, Reason } from '@virtrigaud/provider-sdk';
import type { Provider } from '@virtrigaud/provider-sdk';
import { parseEndpoint } from '../endpoint.ts';
import type { MockEndpoint } from '../endpoint.ts';
import { hypervisorVersion, MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import { extraConfig } from './extra-config.ts';
import { describeImage, findImageTask, prepareImage } from './images.ts';
import { findVms, listVms } from './inventory.ts';
import { adoptVm, createVm, deleteVm, powerVm, reconfigureVm } from './mutations.ts';
import { providerErrorOf, translated } from './provider-error-of.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { readonly version: string };

/** How the hypervisor of an endpoint is found. */
export type OpenHypervisor = (endpoint: MockEndpoint) => Promise<MockHypervisor>;

/** The provider of hypervisors that are directories. */
export const mockProvider: Provider = createMockProvider(({ directory, knobs }) =>
  MockHypervisor.open(directory, knobs),
);

/** Makes the provider of mock hypervisors, wherever their state lies. */
export function createMockProvider(open: OpenHypervisor): Provider {
  return implementProvider<MockHypervisor>({
    type: 'mock',
    version,
    replicaMode: 'ActiveActive',
    features: [
      'ReconfigureOnlineCPU',
      'ReconfigureOnlineMemory',
      'DiskGrowOnline',
      'DiskHotplug',
      'NicHotplug',
      'GracefulShutdown',
      'Suspend',
      'CloudInit',
      'Ignition',
    ],
    extraConfig,

    async connect({ endpoint, signal }) {
      const parsed = parseEndpoint(endpoint);
      if (!parsed.ok)
        throw new ProviderError('InvalidArgument', { reason: Reason.InvalidField, message: parsed.problem });
      return await translated(async () => {
        const hypervisor = await open(parsed.endpoint);
        await hypervisor.reach('connect', {}, signal);
        return hypervisor;
      });
    },
    async hypervisor(host, { signal }) {
      await translated(() => host.reach('hypervisor', {}, signal));
      return { id: host.id, version: hypervisorVersion, note: `a directory: ${host.directory}` };
    },
    async validate(host, { defaultNetwork }, { signal }) {
      return await translated(async () => {
        await host.reach('validate', {}, signal);
        const { networks } = await host.knobs.read();
        if (defaultNetwork === '' || !networks || networks.includes(defaultNetwork)) return { ok: true };
        const message = `there is no network ${defaultNetwork}; make it, or choose another spec.defaults.network`;
        return { ok: false, reason: Reason.InvalidConfiguration, message };
      });
    },

    listVms,
    findVms,
    async watchVms(host, sink, signal) {
      const ended = Promise.withResolvers<void>();
      const end = await host.watch((event) => {
        switch (event.kind) {
          case 'changed':
            return sink.changed(event.id);
          case 'sight':
            return event.blind ? ended.reject(hypervisorUnreachable('it stopped answering')) : sink.relist();
          case 'failed':
            return ended.reject(providerErrorOf(event.error));
        }
      });
      signal.addEventListener('abort', () => ended.resolve(), { once: true });
      if (signal.aborted) ended.resolve();
      try {
        await ended.promise;
      } finally {
        end();
      }
    },

    createVm,
    adoptVm,
    deleteVm,
    powerVm,
    reconfigureVm,
    prepareImage,
    describeImage,
    findTask: findImageTask,
  });
}
