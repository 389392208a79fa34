import { BlockList, isIP } from 'node:net';

/** Addresses that reach nobody else: loopback, link-local, unspecified, multicast. */
const notShown = new BlockList();
for (const [network, prefix, family] of [
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['0.0.0.0', 8, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 128, 'ipv6'],
  ['::1', 128, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
] as const) {
  notShown.addSubnet(network, prefix, family);
}

/**
 * What is worth showing of the addresses that a guest or a lease reported: IPv4 before IPv6, each once, none that reaches nobody else.
 * It goes by the address alone, never by an interface's name. Pure.
 */
export function globalAddresses(reported: readonly string[]): readonly string[] {
  const plain = reported.map((address) =>
    address
      .trim()
      .replace(/[/%].*$/, '')
      .toLowerCase(),
  );
  const shown = plain.filter((address) => {
    const family = isIP(address);
    return family !== 0 && !notShown.check(address, family === 4 ? 'ipv4' : 'ipv6');
  });
  const of = (family: number) => shown.filter((address) => isIP(address) === family);
  return [...new Set([...of(4), ...of(6)])];
}
