import type { Machine } from '../checker/truth.ts';
import type { HypervisorName, ImageName, ProviderName } from '../scenario/scenario.ts';

/** Ends something. */
export type End = () => Promise<void>;

/** The two hypervisors of a run, of one type, and what can be done to them past every provider. */
export interface Backend {
  /** `spec.type` of the Providers. */
  readonly type: string;
  /** Below `packages/`: the program that serves a Provider. */
  readonly providerMain: string;
  /** The module that managers load in place of the provider's package, and that leads to where it is served. */
  readonly elsewhere: string;
  /** Further arguments of the provider's program. */
  readonly providerArgv: readonly string[];
  endpointOf(provider: ProviderName): string;
  /** `spec.source` of a VMImage. */
  sourceOf(image: ImageName): object;
  /** What is there, past every provider; and volumes that nobody has. */
  read(): Promise<{ readonly machines: readonly Machine[]; readonly leftovers: readonly string[] }>;
  /** Nobody reaches it any more. */
  vanish(hypervisor: HypervisorName): Promise<End>;
  /** One provider does not reach it any more. */
  blind(provider: ProviderName): Promise<End>;
  /** Lists leave out those machines that `isHidden` says. */
  hide(hypervisor: HypervisorName, isHidden: () => boolean): Promise<End>;
  /** Copies the machine of an object, its stamp included; undefined: it is not there. */
  copy(vm: string, as: string): Promise<{ readonly machine: Machine; readonly remove: End } | undefined>;
  stop(): Promise<void>;
}
