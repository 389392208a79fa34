import {
  AddressSource,
  ErrorCode,
  isLibvirtCode,
  type DomainRef,
  type GuestInterface,
} from '@virtrigaud/libvirt-client';
import type { Host } from '../session/host.ts';
import { globalAddresses } from '../addresses/global-addresses.ts';
import { viewDomain } from './read-domain.ts';

/** What one look at a guest's addresses showed. */
export interface AddressLook {
  /** Whether it is news. */
  readonly changed: boolean;
  /** Each NIC has an address that somebody could reach it at; or there is nothing to look for. */
  readonly complete: boolean;
  readonly agent: boolean;
}

const NOTHING: AddressLook = { changed: false, complete: true, agent: false };

/**
 * Looks once: what the guest's agent says if it is connected, and what DHCP leased. Puts it into the host's address book. A guest that
 * is not running has nothing to look for.
 */
export async function lookUpAddresses(host: Host, domain: DomainRef, signal: AbortSignal): Promise<AddressLook> {
  const view = await viewDomain(host, domain, signal);
  if (!view || view.live.root.attribute('id') === undefined) return NOTHING;
  const nics = view.live.devices.findAll('interface');
  if (nics.length === 0) return NOTHING;
  const agent = view.live.devices
    .findAll('channel')
    .some((channel) => channel.attributeAt('target', 'state') === AGENT_CONNECTED);
  const seen = agent
    ? await ask(host, { domain, source: AddressSource.agent, signal })
    : await ask(host, { domain, source: AddressSource.lease, signal });
  if (!seen) return { changed: false, complete: false, agent };
  const byMac = new Map(nics.map((nic) => [(nic.attributeAt('mac', 'address') ?? '').toLowerCase(), [] as string[]]));
  for (const { mac, addresses } of seen) {
    byMac.get((mac ?? '').toLowerCase())?.push(...globalAddresses(addresses.map(({ address }) => address)));
  }
  const found = new Map([...byMac].filter(([, addresses]) => addresses.length > 0));
  return { changed: host.addresses.set(domain.uuid, found), complete: found.size === byMac.size, agent };
}

/** What the XML of a running domain says of the channel to its agent. */
const AGENT_CONNECTED = 'connected';

/** Answers that mean: not now. Anything else is thrown. */
const NOT_NOW = [
  ErrorCode.noDomain,
  ErrorCode.operationInvalid,
  ErrorCode.agentUnresponsive,
  ErrorCode.agentUnsynced,
  ErrorCode.operationTimeout,
  ErrorCode.argumentUnsupported,
  ErrorCode.operationUnsupported,
  ErrorCode.noSupport,
  ErrorCode.internal,
  ErrorCode.noNetwork,
];

async function ask(
  { libvirt }: Host,
  { domain, source, signal }: { readonly domain: DomainRef; readonly source: number; readonly signal: AbortSignal },
): Promise<readonly GuestInterface[] | undefined> {
  try {
    return await libvirt.domainInterfaceAddresses(domain, source, { signal });
  } catch (error) {
    if (NOT_NOW.some((code) => isLibvirtCode(error, code))) return undefined;
    throw error;
  }
}
