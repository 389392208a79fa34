import { Annotation, type Provider } from '@virtrigaud/api-types';
import { isGranted, type Consumer } from '../grants.ts';
import type { HostedState } from '../hosting/hosted-state.ts';
import type { InventoryHealth } from '../inventory/inventory.ts';
import type { ProviderView } from '../virtual-machine/observed.ts';
import { capabilitiesOf, differingWords, fingerprintOf, type ConnectionState } from './connection-state.ts';

/** What a view of a Provider is made of. */
export interface ViewInput {
  readonly namespace: string;
  readonly name: string;
  readonly provider: Provider | undefined;
  /** Why the Provider breaks its schema. */
  readonly invalid: string | undefined;
  readonly hosted: HostedState;
  /** Undefined: not connected yet, or not any more. */
  readonly connection: { readonly state: ConnectionState; readonly inventory: InventoryHealth } | undefined;
  readonly consumer: Consumer;
}

type Unavailable = NonNullable<ProviderView['unavailable']>;

/** Makes what a VirtualMachine sees of a Provider. Pure. */
export function viewProvider(input: ViewInput): ProviderView {
  const { namespace, name, provider, connection, consumer } = input;
  const info = connection?.state.info;
  return {
    namespace,
    name,
    uid: provider?.metadata.uid ?? '',
    hypervisorId: info?.hypervisorId ?? provider?.status?.hypervisorID ?? '',
    acceptedHypervisorId: provider?.metadata.annotations?.[Annotation.AcceptHypervisor] ?? '',
    granted: provider !== undefined && isGranted(provider, consumer),
    deleting: provider?.metadata.deletionTimestamp !== undefined,
    unavailable: whyUnavailable(input),
    shrunk: undefined,
    capabilities: capabilitiesOf(info),
    fingerprint: fingerprintOf(info),
  };
}

/** The first reason why nothing can be sent; undefined: usable. */
export function whyUnavailable({
  namespace,
  provider,
  invalid,
  hosted,
  connection,
  consumer,
}: ViewInput): Unavailable | undefined {
  const no = (reason: Unavailable['reason'], message: string, sinceMs = 0): Unavailable => ({
    reason,
    message,
    sinceMs,
  });
  if (!provider && invalid === undefined) {
    // Whoever may not look into a namespace does not learn what is in it.
    return namespace === consumer.namespace
      ? no('ProviderNotFound', 'does not exist; create it')
      : no('ConsumerNotAllowed', 'does not exist, or is not open to this namespace');
  }
  if (invalid !== undefined) return no('ProviderNotReady', `its spec is invalid: ${invalid}`);
  if (hosted.kind === 'PackageMissing' || hosted.kind === 'Failed')
    return no('ProviderNotReady', hosted.why, hosted.sinceMs);
  if (hosted.kind === 'WaitingForSecret') return no('ProviderNotReady', hosted.why, hosted.sinceMs);
  if (!connection || connection.state.reach.kind === 'Connecting') return no('NotYetConnected', 'not connected yet');
  return whyNotUsable(connection.state) ?? whyInventory(connection.inventory);
}

function whyNotUsable(state: ConnectionState): Unavailable | undefined {
  const { agreement, differing, reach, rejected, breakerOpenSinceMs } = state;
  if (agreement.kind === 'Incompatible') return { reason: 'ContractIncompatible', message: agreement.why, sinceMs: 0 };
  if (agreement.kind === 'TypeMismatch') return { reason: 'ProviderNotReady', message: agreement.why, sinceMs: 0 };
  if (differing !== undefined) return { reason: 'ProviderNotReady', message: differingWords(differing), sinceMs: 0 };
  if (reach.kind !== 'Connected' && reach.kind !== 'Connecting') {
    return {
      reason: 'ProviderUnreachable',
      message: `since ${time(reach.sinceMs)}: ${reach.why}`,
      sinceMs: reach.sinceMs,
    };
  }
  if (rejected)
    return { reason: 'CredentialsRejected', message: `${rejected.why}; renew the Secret`, sinceMs: rejected.sinceMs };
  if (breakerOpenSinceMs !== undefined) {
    return {
      reason: 'CircuitOpen',
      message: `too many calls failed; since ${time(breakerOpenSinceMs)} it is only asked whether it is back`,
      sinceMs: breakerOpenSinceMs,
    };
  }
  return undefined;
}

function whyInventory(health: InventoryHealth): Unavailable | undefined {
  switch (health.kind) {
    case 'Live':
      return undefined;
    case 'Listing':
      return { reason: 'NotYetConnected', message: 'its machines are being listed', sinceMs: 0 };
    case 'Lost':
      return {
        reason: 'InventoryStale',
        message: `since ${time(health.sinceMs)}: ${health.why}`,
        sinceMs: health.sinceMs,
      };
  }
}

function time(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
