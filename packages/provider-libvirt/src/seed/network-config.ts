import type { NicSpec } from '@virtrigaud/provider-sdk';

/**
 * Network configuration (version 2, as JSON, which is YAML too) for VMs that ask for addresses of their own; empty when none does, and
 * the guest's defaults hold. NICs are matched by MAC: names differ between guests.
 */
export function networkConfigOf(nics: readonly (NicSpec & { readonly mac: string })[]): Uint8Array {
  if (!nics.some(({ staticAddress }) => staticAddress)) return new Uint8Array();
  const ethernets = Object.fromEntries(nics.map((nic, index) => [`nic${String(index)}`, ethernetOf(nic, index)]));
  return Buffer.from(`${JSON.stringify({ version: 2, ethernets }, undefined, 2)}\n`);
}

function ethernetOf({ mac, staticAddress }: NicSpec & { readonly mac: string }, index: number): object {
  const card = { match: { macaddress: mac.toLowerCase() }, 'set-name': `nic${String(index)}` };
  if (!staticAddress) return { ...card, dhcp4: true };
  const { address, gateway, dns } = staticAddress;
  return {
    ...card,
    addresses: [address],
    ...(gateway === undefined ? {} : { routes: [{ to: gateway.includes(':') ? '::/0' : '0.0.0.0/0', via: gateway }] }),
    ...(dns.length === 0 ? {} : { nameservers: { addresses: dns } }),
  };
}
