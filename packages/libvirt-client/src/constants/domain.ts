/** `state` of a domain. */
export const DomainState = {
  none: 0,
  running: 1,
  blocked: 2,
  paused: 3,
  shuttingDown: 4,
  off: 5,
  crashed: 6,
  suspendedByGuest: 7,
} as const;

/** Which form of a domain a change is for; `live | config` is both. */
export const Affect = { current: 0, live: 1, config: 2, memoryMaximum: 4, vcpuMaximum: 4, vcpuGuest: 8 } as const;

/** Flags of `domainGetXmlDesc`. `secure` shows passwords, `inactive` what the next start will use. */
export const DomainXmlFlag = { secure: 1, inactive: 2 } as const;

/** Flags of `domainDefineXml`. */
export const DefineFlag = { validate: 1 } as const;

/** Flags of `domainCreate`. */
export const CreateFlag = { paused: 1, resetNvram: 32 } as const;

/** Flags of `domainShutdown` and `domainReboot`. */
export const ShutdownFlag = { acpi: 1, agent: 2 } as const;

/** Flags of `domainDestroy`: `graceful` gives up where only SIGKILL would help. */
export const DestroyFlag = { graceful: 1 } as const;

/** Flags of `domainUndefine`. */
export const UndefineFlag = {
  managedSave: 1,
  snapshotMetadata: 2,
  nvram: 4,
  keepNvram: 8,
  checkpointMetadata: 16,
} as const;

/** Flags of `listAllDomains`. */
export const ListDomainsFlag = { active: 1, inactive: 2, persistent: 4, transient: 8 } as const;

/** What a metadata call is about. */
export const MetadataType = { description: 0, title: 1, element: 2 } as const;

/** Where addresses come from. */
export const AddressSource = { lease: 0, agent: 1, arp: 2 } as const;

/** What to ask the guest agent for. */
export const GuestInfoType = { users: 1, os: 2, timezone: 4, hostname: 8, filesystems: 16, disks: 32 } as const;

/** Groups of statistics. */
export const DomainStatsType = { state: 1, cpu: 2, balloon: 4, vcpu: 8, interface: 16, block: 32 } as const;

/** Flags of `getAllDomainStats`. `nowait` leaves values out rather than wait for a busy domain. */
export const DomainStatsFlag = { active: 1, inactive: 2, running: 16, nowait: 1 << 29 } as const;

/** Flags of `domainBlockJobAbort`. */
export const BlockJobAbortFlag = { async: 1, pivot: 2 } as const;

/** `event` of a lifecycle event. */
export const LifecycleEventType = {
  defined: 0,
  undefined: 1,
  started: 2,
  suspended: 3,
  resumed: 4,
  stopped: 5,
  shutdown: 6,
  suspendedByGuest: 7,
  crashed: 8,
} as const;

/** `state` of an agent event. */
export const AgentState = { connected: 1, disconnected: 2 } as const;

/** `status` of a block job event. */
export const BlockJobStatus = { completed: 0, failed: 1, cancelled: 2, ready: 3 } as const;
