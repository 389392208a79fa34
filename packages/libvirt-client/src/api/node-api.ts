import type { CallOptions } from '../types.ts';

/** Hardware of the host. */
export interface NodeInfo {
  readonly cpuModel: string;
  readonly memoryKiB: bigint;
  readonly cpus: number;
  readonly mhz: number;
  readonly numaNodes: number;
  readonly socketsPerNode: number;
  readonly coresPerSocket: number;
  readonly threadsPerCore: number;
}

/** Which machine {@link NodeApi.getDomainCapabilities} asks about; what is missing is libvirt's default. */
export interface DomainCapabilitiesQuery {
  readonly emulator?: string | undefined;
  readonly arch?: string | undefined;
  readonly machine?: string | undefined;
  /** `kvm`, `qemu`, ... */
  readonly virtType?: string | undefined;
}

/** Calls on the host and the connection. */
export interface NodeApi {
  getHostname(options?: CallOptions): Promise<string>;
  /** The URI that libvirtd opened. */
  getUri(options?: CallOptions): Promise<string>;
  /** Version of the hypervisor, as 1,000,000 x major + 1,000 x minor + release. */
  getVersion(options?: CallOptions): Promise<bigint>;
  /** Version of libvirt, in the same form. */
  getLibVersion(options?: CallOptions): Promise<bigint>;
  /** Capabilities XML of the host. An advertised `kvm` may still not be able to run a guest. */
  getCapabilities(options?: CallOptions): Promise<string>;
  /** Capabilities XML of a kind of guest. */
  getDomainCapabilities(query?: DomainCapabilitiesQuery, options?: CallOptions): Promise<string>;
  nodeGetInfo(options?: CallOptions): Promise<NodeInfo>;
  nodeGetFreeMemoryBytes(options?: CallOptions): Promise<bigint>;
}
