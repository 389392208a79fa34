import type { VirtualMachine, VirtualMachineNetwork, VMNetworkAttachment } from '@virtrigaud/api-types';
import type { Nic, NicList, StaticAddress } from '@virtrigaud/grpc-contract/client';
import { macAddress } from './identity.ts';

/** What the cards are made of. */
export interface NicInput {
  readonly vm: VirtualMachine;
  /** The attachment of each entry of `spec.networks`, in its order. */
  readonly attachments: readonly VMNetworkAttachment[];
  readonly providerType: string;
  /** `spec.defaults.network` of the Provider. */
  readonly defaultNetwork: string | undefined;
}

/** The cards, or why the attachments cannot give them. */
export type NicResult =
  { readonly ok: true; readonly nics: NicList | undefined } | { readonly ok: false; readonly problem: string };

/** Builds the network cards in the guest's order. Undefined: the provider's own default; an empty list: none. */
export function buildNics({ vm, attachments, providerType, defaultNetwork }: NicInput): NicResult {
  const uid = vm.metadata.uid ?? '';
  if (vm.spec.networks === undefined) {
    if (defaultNetwork === undefined) return { ok: true, nics: undefined };
    return { ok: true, nics: { items: [{ ...emptyNic('default', uid), network: defaultNetwork }] } };
  }
  const items: Nic[] = [];
  for (const [index, network] of vm.spec.networks.entries()) {
    const attachment = attachments[index];
    const place = attachment && placeOf(attachment, providerType);
    if (!attachment || !place) {
      return {
        ok: false,
        problem: `VMNetworkAttachment ${attachmentName(network)} has no member for ${providerType}; add one`,
      };
    }
    const address = addressOf(network, attachment);
    if (address === 'missing') {
      return {
        ok: false,
        problem: `spec.networks[${String(index)}].ipAddress is missing: ${attachmentName(network)} allocates addresses statically`,
      };
    }
    const mac = network.macAddress?.toLowerCase() ?? macAddress(uid, network.name);
    items.push({ ...emptyNic(network.name, uid), ...place, mac, staticAddress: address });
  }
  return { ok: true, nics: { items } };
}

/** The name of the attachment that an entry refers to: its own name unless it says otherwise. */
export function attachmentName(network: VirtualMachineNetwork): string {
  return network.networkRef?.name ?? network.name;
}

function emptyNic(name: string, uid: string): Nic {
  return { name, network: '', bridge: '', model: '', mac: macAddress(uid, name), vlan: 0, staticAddress: undefined };
}

type Place = Pick<Nic, 'network' | 'bridge' | 'model' | 'vlan'>;

function placeOf(attachment: VMNetworkAttachment, providerType: string): Place | undefined {
  const { libvirt, custom } = attachment.spec.network;
  if (providerType === 'libvirt' && libvirt) {
    return { network: libvirt.networkName ?? '', bridge: libvirt.bridge?.name ?? '', model: libvirt.model, vlan: 0 };
  }
  const own = custom?.find(({ type }) => type === providerType);
  return own && { network: own.network, bridge: '', model: own.model ?? '', vlan: own.vlan ?? 0 };
}

function addressOf(
  network: VirtualMachineNetwork,
  attachment: VMNetworkAttachment,
): StaticAddress | undefined | 'missing' {
  const { type, staticConfig, dnsConfig } = attachment.spec.ipAllocation;
  if (network.ipAddress === undefined) return type === 'Static' ? 'missing' : undefined;
  const prefix = network.prefix ?? staticConfig?.prefix ?? (network.ipAddress.includes(':') ? 64 : 24);
  return {
    address: network.ipAddress.includes('/') ? network.ipAddress : `${network.ipAddress}/${String(prefix)}`,
    gateway: network.gateway ?? staticConfig?.gateway ?? '',
    dns: [...(network.dns ?? dnsConfig?.servers ?? [])],
  };
}
