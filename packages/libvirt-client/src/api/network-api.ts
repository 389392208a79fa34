import type { CallOptions, FlagOptions, NetworkRef } from '../types.ts';

/** A lease that a network's DHCP server gave. */
export interface DhcpLease {
  /** Bridge on the host. */
  readonly bridge: string;
  /** End of the lease, seconds since 1970; 0 is never. */
  readonly expiryTimeS: bigint;
  readonly family: 'ipv4' | 'ipv6';
  readonly mac?: string | undefined;
  readonly iaid?: string | undefined;
  readonly address: string;
  readonly prefix: number;
  readonly hostname?: string | undefined;
  readonly clientId?: string | undefined;
}

/** Calls on virtual networks. */
export interface NetworkApi {
  listAllNetworks(options?: FlagOptions): Promise<readonly NetworkRef[]>;
  /** @throws LibvirtError code 43 when there is none. */
  networkLookupByName(name: string, options?: CallOptions): Promise<NetworkRef>;
  /** @throws LibvirtError code 43 when there is none. */
  networkLookupByUuid(uuid: string, options?: CallOptions): Promise<NetworkRef>;
  networkGetXmlDesc(network: NetworkRef, options?: FlagOptions): Promise<string>;
  networkIsActive(network: NetworkRef, options?: CallOptions): Promise<boolean>;
  /** Defines a persistent network, inactive. */
  networkDefineXml(xml: string, options?: CallOptions): Promise<NetworkRef>;
  /** Starts a defined network. */
  networkCreate(network: NetworkRef, options?: CallOptions): Promise<void>;
  /** Stops a network. */
  networkDestroy(network: NetworkRef, options?: CallOptions): Promise<void>;
  networkUndefine(network: NetworkRef, options?: CallOptions): Promise<void>;
  networkSetAutostart(
    network: NetworkRef,
    change: { readonly autostart: boolean },
    options?: CallOptions,
  ): Promise<void>;
  /** All leases of the network, or those of one MAC. */
  networkGetDhcpLeases(
    network: NetworkRef,
    query?: { readonly mac?: string | undefined },
    options?: CallOptions,
  ): Promise<readonly DhcpLease[]>;
}
