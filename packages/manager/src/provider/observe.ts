import { Annotation, parseProvider, type Provider } from '@virtrigaud/api-types';
import type { Clock, KubeObject, ObjectKey } from '@virtrigaud/kube-runtime';
import { isSameHypervisor } from '../virtual-machine/same-hypervisor.ts';
import type { ObservedProvider } from './observed.ts';
import { workloadSpec, type Home, type ProviderHomes } from './provider-homes.ts';
import { releaseView } from './release-attempts.ts';
import { shrinkOf } from './shrink.ts';
import { unownedMachines } from './unowned.ts';

/** A VirtualMachine that is bound to a Provider, as far as a Provider needs to know it. */
export interface BoundVm {
  readonly key: ObjectKey;
  readonly uid: string;
  readonly deleting: boolean;
  /** It was READY once. */
  readonly wasReady: boolean;
  /** Its status says that it is gone from the hypervisor: that was believed before. */
  readonly vanished: boolean;
  readonly binding: { readonly providerUID: string; readonly hypervisorID?: string | undefined };
}

/** What an observation of a Provider reads; all of it is in memory. */
export interface ProviderObserveDeps {
  readonly raw: (key: ObjectKey) => KubeObject | undefined;
  readonly boundVms: (key: ObjectKey) => readonly BoundVm[];
  /** Whether a VirtualMachine has this uid. */
  readonly isOwned: (uid: string) => boolean;
  /** The only namespace whose objects are known here; undefined: all. */
  readonly namespace: string | undefined;
  readonly homes: ProviderHomes;
  readonly clock: Clock;
}

/** Gathers everything that a decision about a Provider may depend on; undefined: there is no such object. */
export function observeProvider(key: ObjectKey, deps: ProviderObserveDeps): ObservedProvider | undefined {
  const raw = deps.raw(key);
  if (!raw) return undefined;
  const parsed = parseProvider(raw);
  const invalid = parsed.ok ? undefined : parsed.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const provider = parsed.ok ? parsed.value : (raw as unknown as Provider);
  const bound = deps.boundVms(key);
  const home = deps.homes.get(key);
  const mine = home?.uid === provider.metadata.uid ? home : undefined;
  const connection = mine?.connection && {
    state: mine.connection.to.state,
    inventory: mine.connection.to.inventory.health,
  };
  const unowned =
    mine?.connection && connection?.inventory.kind === 'Live'
      ? unownedMachines({ ...deps, forgotten: mine.connection.to.inventory.unowned() })
      : undefined;
  const monotonicMs = deps.clock.monotonicMs();
  const hypervisorId = connection?.state.info?.hypervisorId ?? '';
  return {
    provider,
    invalid,
    runtime: mine?.runtime && {
      state: mine.runtime.state,
      isCurrent: invalid !== undefined || JSON.stringify(mine.runtime.spec) === JSON.stringify(workloadSpec(provider)),
      isConnected: mine.connection !== undefined,
      mode: mine.runtime.spec.mode,
      replicas: mine.runtime.spec.replicas,
    },
    connection,
    secret: secretOf(provider, mine),
    secretReadMs: mine?.secretReadMs,
    lookedFor: mine?.lookedFor,
    boundVms: bound.map((vm) => vm.key).sort(),
    strangers: strangersOf(provider, bound, hypervisorId),
    shrink: mine && connection?.inventory.kind === 'Live' ? shrinkOf(provider, mine, bound) : undefined,
    unowned,
    release: releaseView(provider.metadata.annotations?.[Annotation.Release], {
      machines: unowned ?? [],
      memory: mine?.release,
      monotonicMs,
    }),
    nowMs: deps.clock.epochMs(),
    monotonicMs,
  };
}

function secretOf(provider: Provider, home: Home | undefined): ObservedProvider['secret'] {
  const name = provider.spec.credentialSecretRef?.name;
  if (name === undefined) return { kind: 'NotNamed' };
  const known = home?.secret;
  return known && 'name' in known && known.name === name ? known : { kind: 'NotRead' };
}

function strangersOf(provider: Provider, bound: readonly BoundVm[], hypervisorId: string): number {
  if (hypervisorId === '') return 0;
  const view = {
    uid: provider.metadata.uid ?? '',
    hypervisorId,
    acceptedHypervisorId: provider.metadata.annotations?.[Annotation.AcceptHypervisor] ?? '',
  };
  return bound.filter(({ binding }) => !isSameHypervisor(binding, view)).length;
}
