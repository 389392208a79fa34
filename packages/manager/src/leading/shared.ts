import { parseProvider, type Provider } from '@virtrigaud/api-types';
import { objectKey, type ObjectKey } from '@virtrigaud/kube-runtime';
import { newCorrelationId } from '@virtrigaud/service-kit';
import { viewProvider } from '../connection/provider-view.ts';
import type { Term } from '../connection/provider-connection.ts';
import type { Consumer } from '../grants.ts';
import type { HostedState } from '../hosting/hosted-state.ts';
import type { Informers } from '../kube/informers.ts';
import { parsedLookup } from '../kube/parsed-lookup.ts';
import { asBoundVm, VmIndex } from '../kube/vm-indexes.ts';
import type { BoundVm } from '../provider/observe.ts';
import { ProviderHomes, type ProviderHomesOptions } from '../provider/provider-homes.ts';
import { shrunkNow } from '../provider/shrink.ts';
import { shrinkWords } from '../provider/status.ts';
import type { ProviderView } from '../virtual-machine/observed.ts';
import type { ProviderSite } from '../virtual-machine/ports.ts';
import type { ManagerPorts } from './manager-ports.ts';

/** A Provider, by the parts of its key. */
export interface ProviderName {
  readonly namespace: string;
  readonly name: string;
}

/** What the controllers of one leadership share. */
export interface Shared {
  readonly ports: ManagerPorts;
  readonly informers: Informers;
  readonly homes: ProviderHomes;
  readonly clusterId: string;
  readonly term: Term;
  /** Another leader is newer: stop being one. */
  readonly staleTerm: () => void;
  readonly provider: (name: ProviderName) => Provider | undefined;
  readonly view: (name: ProviderName, consumer: Consumer) => ProviderView;
  /** Whether too many of its machines are missing to believe it, in words. */
  readonly shrunk: (name: ProviderName) => string | undefined;
  readonly site: (name: ProviderName) => ProviderSite | undefined;
  readonly boundVms: (key: ObjectKey) => readonly BoundVm[];
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
}

/** Settings of {@link createShared}. */
export interface SharedOptions {
  readonly ports: ManagerPorts;
  readonly informers: Informers;
  readonly clusterId: string;
  readonly term: Term;
  readonly staleTerm: () => void;
  readonly listener: ProviderHomesOptions['listener'];
}

const noLabels = {};

/** Puts together what the controllers share. Nothing is started. */
export function createShared(options: SharedOptions): Shared {
  const { ports, informers, clusterId, term, listener } = options;
  const homes = new ProviderHomes({ ...ports, clusterId, term, listener, newCorrelationId });
  const lookup = parsedLookup(informers.providers, parseProvider);
  const provider = ({ namespace, name }: ProviderName) => lookup(namespace, name);
  const boundVms = (key: ObjectKey) =>
    informers.vms.store.byIndex(VmIndex.Bound, key).flatMap((vm) => asBoundVm(vm) ?? []);
  const namespaceLabels = (namespace: string) =>
    informers.namespaces?.store.get(`/${namespace}`)?.metadata.labels ?? noLabels;
  const stopped: HostedState = { kind: 'Stopped' };
  return {
    ...options,
    homes,
    provider,
    boundVms,
    namespaceLabels,
    site: (name) => homes.get(objectKey(name))?.connection?.to,
    shrunk: (name) => {
      const key = objectKey(name);
      const [found, home] = [provider(name), homes.get(key)];
      const inventory = home?.connection?.to.inventory;
      if (!found || !home || inventory?.health.kind !== 'Live') return undefined;
      const { losses } = inventory;
      const turnover = informers.vms.store.turnover(VmIndex.Expected, key);
      const verdict = shrunkNow(found, home, {
        counts: { inventory, losses, turnover },
        bound: () => boundVms(key),
      });
      return verdict && shrinkWords(verdict);
    },
    view: (name, consumer) => {
      const key = objectKey(name);
      const found = provider(name);
      const home = homes.get(key);
      const to = home?.connection?.to;
      return viewProvider({
        ...name,
        provider: found,
        invalid: found ? undefined : invalidWords(informers, key),
        hosted: home?.runtime?.state ?? stopped,
        connection: to && { state: to.state, inventory: to.inventory.health },
        consumer,
      });
    },
  };
}

function invalidWords(informers: Informers, key: ObjectKey): string | undefined {
  const raw = informers.providers.store.get(key);
  const parsed = raw && parseProvider(raw);
  return parsed?.ok === false ? parsed.issues.map(({ path, message }) => `${path}: ${message}`).join('; ') : undefined;
}
