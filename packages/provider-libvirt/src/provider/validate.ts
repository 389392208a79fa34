import { Reason, type CallContext, type ValidateProvider, type Validation } from '@virtrigaud/provider-sdk';
import { ProviderError } from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { DEFAULT_NETWORK, DEFAULT_POOL } from '../machine/machine-plan.ts';
import { networkProblem } from '../operations/require-networks.ts';
import type { Host } from '../session/host.ts';
import { requirePool } from '../storage/pool.ts';

/** Asks libvirt whether the defaults of the Provider hold: the pool and the network are there and active. */
export async function validate(
  host: Host,
  { defaults, defaultNetwork }: ValidateProvider,
  _call: CallContext,
): Promise<Validation> {
  return asProvider('the defaults', async () => {
    const [member] = Object.entries(defaults).find(([key, value]) => key !== 'datastore' && value !== '') ?? [];
    if (member !== undefined) {
      return no(
        Reason.InvalidConfiguration,
        `spec.defaults.${member} means nothing to libvirt: take datastore (a pool) and network`,
      );
    }
    const ofPool = await poolProblem(host, defaults.datastore || DEFAULT_POOL);
    if (ofPool !== undefined) return no(reasonFor(defaults.datastore), ofPool);
    const ofNetwork = await networkProblem(host.libvirt, defaultNetwork || DEFAULT_NETWORK);
    return ofNetwork === undefined ? { ok: true } : no(reasonFor(defaultNetwork), ofNetwork);
  });
}

/** What the Provider itself names has to be there; what is taken where nothing is named may never be needed. */
const reasonFor = (named: string) => (named === '' ? Reason.DependencyMissing : Reason.InvalidConfiguration);

async function poolProblem({ libvirt }: Host, name: string): Promise<string | undefined> {
  try {
    await requirePool(libvirt, name);
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError && error.reason === Reason.DependencyMissing) return error.message;
    throw error;
  }
}

const no = (reason: string, message: string): Validation => ({ ok: false, reason, message });
