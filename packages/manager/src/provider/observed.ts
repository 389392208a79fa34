import type { Provider } from '@virtrigaud/api-types';
import type { ConnectionState } from '../connection/connection-state.ts';
import type { HostedState } from '../hosting/hosted-state.ts';
import type { RuntimeMode } from '../hosting/workload.ts';
import type { InventoryHealth } from '../inventory/inventory.ts';
import type { ShrinkVerdict } from '../inventory/shrink-guard.ts';
import type { ReleaseView } from './release-attempts.ts';
import type { UnownedMachine } from './unowned.ts';

/** The Secret of a Provider, as far as this process has read it. */
export type SecretState =
  | { readonly kind: 'NotNamed' }
  | { readonly kind: 'NotRead' }
  /** It is not there, or, in the API server's words, may not be read. */
  | { readonly kind: 'Missing'; readonly name: string; readonly forbidden?: string }
  | { readonly kind: 'Read'; readonly name: string };

/** Everything a decision about a Provider may depend on. Data only. */
export interface ObservedProvider {
  readonly provider: Provider;
  readonly invalid: string | undefined;
  /** Undefined: nothing of it runs here. */
  readonly runtime:
    | {
        readonly state: HostedState;
        /** It runs with what the spec says now. */
        readonly isCurrent: boolean;
        readonly isConnected: boolean;
        readonly mode: RuntimeMode;
        /** How many instances it was told to have. */
        readonly replicas: number;
      }
    | undefined;
  readonly connection: { readonly state: ConnectionState; readonly inventory: InventoryHealth } | undefined;
  readonly secret: SecretState;
  /** When the Secret was read last, by the monotonic clock. */
  readonly secretReadMs: number | undefined;
  /** The value of `reconcile-now` that a look has followed. */
  readonly lookedFor: string | undefined;
  /** Keys, `namespace/name`, of the VirtualMachines that are bound to it, sorted. */
  readonly boundVms: readonly string[];
  /** Uids of those whose binding names another hypervisor than the present one. */
  readonly strangers: number;
  readonly shrink: ShrinkVerdict | undefined;
  /** Machines of this cluster's there that no object owns; undefined: not known now. */
  readonly unowned: readonly UnownedMachine[] | undefined;
  readonly release: ReleaseView;
  readonly nowMs: number;
  readonly monotonicMs: number;
}
