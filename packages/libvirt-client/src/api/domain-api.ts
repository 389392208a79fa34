import type { CallOptions, DomainRef, FlagOptions, TypedParams } from '../types.ts';

/** State of a domain; see the constants {@link DomainState}. */
export interface DomainStateInfo {
  readonly state: number;
  /** Why, in a numbering of its own for each state. */
  readonly reason: number;
}

/** Size and use of a domain. */
export interface DomainInfo {
  readonly state: number;
  readonly maxMemoryKiB: bigint;
  readonly memoryKiB: bigint;
  readonly vcpus: number;
  readonly cpuTimeNs: bigint;
}

/** Sizes of a domain's block device, in bytes. */
export interface BlockInfo {
  readonly allocationBytes: bigint;
  readonly capacityBytes: bigint;
  readonly physicalBytes: bigint;
}

/** One address of a guest's interface. */
export interface IpAddress {
  readonly family: 'ipv4' | 'ipv6';
  readonly address: string;
  readonly prefix: number;
}

/** An interface as the guest agent, the DHCP server or the ARP table sees it. */
export interface GuestInterface {
  readonly name: string;
  readonly mac?: string | undefined;
  readonly addresses: readonly IpAddress[];
}

/** Statistics of one domain. */
export interface DomainStats {
  readonly domain: DomainRef;
  readonly params: TypedParams;
}

/** What {@link DomainApi.domainSetMetadata} writes. */
export interface MetadataChange {
  /** One of {@link MetadataType}. */
  readonly type: number;
  /** XML of the element, or text; `undefined` removes it. */
  readonly text?: string | undefined;
  /** Namespace prefix that libvirt gives the element. */
  readonly key?: string | undefined;
  /** Namespace URI of the element. */
  readonly uri?: string | undefined;
}

/** State of a block job. */
export interface BlockJobInfo {
  readonly type: number;
  readonly bandwidth: bigint;
  readonly current: bigint;
  readonly end: bigint;
}

/** Calls on domains. Each fails with {@link LibvirtError}; only code 42 means that a domain does not exist. */
export interface DomainApi {
  /** Lists domains; flags filter, 0 lists all, running or not. */
  listAllDomains(options?: FlagOptions): Promise<readonly DomainRef[]>;
  /** Finds a domain by name. @throws LibvirtError code 42 when there is none. */
  domainLookupByName(name: string, options?: CallOptions): Promise<DomainRef>;
  /** Finds a domain by UUID, with or without dashes. @throws LibvirtError code 42 when there is none. */
  domainLookupByUuid(uuid: string, options?: CallOptions): Promise<DomainRef>;
  /** Domain XML; flags from {@link DomainXmlFlag}. */
  domainGetXmlDesc(domain: DomainRef, options?: FlagOptions): Promise<string>;
  domainGetState(domain: DomainRef, options?: FlagOptions): Promise<DomainStateInfo>;
  domainGetInfo(domain: DomainRef, options?: CallOptions): Promise<DomainInfo>;
  /** Defines or redefines a persistent domain; the same XML twice is harmless. Flags from {@link DefineFlag}. */
  domainDefineXml(xml: string, options?: FlagOptions): Promise<DomainRef>;
  /** Starts a defined domain and answers with its new id. @throws LibvirtError code 55 when it runs already. */
  domainCreate(domain: DomainRef, options?: FlagOptions): Promise<DomainRef>;
  /** Asks the guest to shut down; returns before it has. Flags from {@link ShutdownFlag}. */
  domainShutdown(domain: DomainRef, options?: FlagOptions): Promise<void>;
  /** Switches the domain off. @throws LibvirtError code 55 when it is off already. */
  domainDestroy(domain: DomainRef, options?: FlagOptions): Promise<void>;
  domainReboot(domain: DomainRef, options?: FlagOptions): Promise<void>;
  domainReset(domain: DomainRef, options?: FlagOptions): Promise<void>;
  domainSuspend(domain: DomainRef, options?: CallOptions): Promise<void>;
  domainResume(domain: DomainRef, options?: CallOptions): Promise<void>;
  /** Removes the definition; a running domain lives on until it stops. Flags from {@link UndefineFlag}. */
  domainUndefine(domain: DomainRef, options?: FlagOptions): Promise<void>;
  /** Flags from {@link Affect}, and `vcpuMaximum` for the ceiling. */
  domainSetVcpus(domain: DomainRef, vcpus: number, options?: FlagOptions): Promise<void>;
  /** Flags from {@link Affect}, and `memoryMaximum` for the ceiling. */
  domainSetMemory(domain: DomainRef, memoryKiB: bigint, options?: FlagOptions): Promise<void>;
  domainAttachDevice(domain: DomainRef, xml: string, options?: FlagOptions): Promise<void>;
  /** Asks for a detach; on a running guest it is done when the event `deviceRemoved` comes. */
  domainDetachDevice(domain: DomainRef, xml: string, options?: FlagOptions): Promise<void>;
  /**
   * As {@link DomainApi.domainDetachDevice}, by the device's alias. A missing alias is code 1 on a running guest, where a
   * missing device by XML is code 99: look at the domain's XML to know.
   */
  domainDetachDeviceAlias(domain: DomainRef, alias: string, options?: FlagOptions): Promise<void>;
  domainUpdateDevice(domain: DomainRef, xml: string, options?: FlagOptions): Promise<void>;
  /** Grows a running domain's disk (target name or path). The unit is always bytes. */
  domainBlockResize(
    domain: DomainRef,
    change: { readonly disk: string; readonly sizeBytes: bigint },
    options?: CallOptions,
  ): Promise<void>;
  /** Sizes of a disk, by target name or path. */
  domainGetBlockInfo(domain: DomainRef, disk: string, options?: CallOptions): Promise<BlockInfo>;
  /** The block job on a disk, `undefined` when there is none. */
  domainGetBlockJobInfo(domain: DomainRef, disk: string, options?: FlagOptions): Promise<BlockJobInfo | undefined>;
  /** Ends a block job: cancels it, or pivots with flag 2. */
  domainBlockJobAbort(domain: DomainRef, disk: string, options?: FlagOptions): Promise<void>;
  /** Flags from {@link Affect}. */
  domainSetMetadata(domain: DomainRef, change: MetadataChange, options?: FlagOptions): Promise<void>;
  /** @throws LibvirtError code 80 when there is no such metadata. */
  domainGetMetadata(
    domain: DomainRef,
    which: { readonly type: number; readonly uri?: string | undefined },
    options?: FlagOptions,
  ): Promise<string>;
  /** Whether the domain starts with the host. */
  domainGetAutostart(domain: DomainRef, options?: CallOptions): Promise<boolean>;
  domainSetAutostart(domain: DomainRef, change: { readonly autostart: boolean }, options?: CallOptions): Promise<void>;
  /** Addresses from one of {@link AddressSource}; lease addresses are stale for a moment after a restart. */
  domainInterfaceAddresses(
    domain: DomainRef,
    source: number,
    options?: CallOptions,
  ): Promise<readonly GuestInterface[]>;
  /** What the guest agent knows; `types` from {@link GuestInfoType}, 0 for all. */
  domainGetGuestInfo(domain: DomainRef, types: number, options?: FlagOptions): Promise<TypedParams>;
  /**
   * Sends one JSON command to the guest agent and returns its JSON answer. `agentTimeoutS` is how long libvirtd waits:
   * seconds, or -1 for ever, -2 for libvirt's default, 0 for no wait.
   */
  domainAgentCommand(
    domain: DomainRef,
    request: { readonly command: string; readonly agentTimeoutS?: number | undefined },
    options?: FlagOptions,
  ): Promise<string | undefined>;
  /**
   * Statistics of many domains in one call. `stats` from {@link DomainStatsType}; an empty or missing `domains` is all;
   * flags from {@link DomainStatsFlag}.
   */
  getAllDomainStats(
    query: { readonly stats: number; readonly domains?: readonly DomainRef[] | undefined },
    options?: FlagOptions,
  ): Promise<readonly DomainStats[]>;
}
