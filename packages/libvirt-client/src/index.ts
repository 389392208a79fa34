export type { BlockInfo, BlockJobInfo, DomainApi, DomainInfo, DomainStateInfo } from './api/domain-api.ts';
export type { DomainStats, GuestInterface, IpAddress, MetadataChange } from './api/domain-api.ts';
export type { LibvirtApi } from './api/libvirt-api.ts';
export type { DhcpLease, NetworkApi } from './api/network-api.ts';
export type { DomainCapabilitiesQuery, NodeApi, NodeInfo } from './api/node-api.ts';
export type { SnapshotApi } from './api/snapshot-api.ts';
export type { PoolInfo, StorageApi, VolumeInfo, VolumeRange } from './api/storage-api.ts';
export { systemClock } from './clock.ts';
export type { Clock } from './clock.ts';
export { connectLibvirt } from './connection/connect-libvirt.ts';
export type { ConnectOptions, KeepaliveOptions } from './connection/connect-options.ts';
export type { LibvirtConnection } from './connection/libvirt-connection.ts';
export {
  AddressSource,
  Affect,
  AgentState,
  BlockJobAbortFlag,
  BlockJobStatus,
  CreateFlag,
  DefineFlag,
  DestroyFlag,
  DomainState,
  DomainStatsFlag,
  DomainStatsType,
  DomainXmlFlag,
  GuestInfoType,
  LifecycleEventType,
  ListDomainsFlag,
  MetadataType,
  ShutdownFlag,
  UndefineFlag,
} from './constants/domain.ts';
export { ErrorCode } from './constants/error-code.ts';
export { ErrorDomain } from './constants/error-domain.ts';
export { SnapshotCreateFlag, SnapshotDeleteFlag, SnapshotRevertFlag } from './constants/snapshot.ts';
export { ListPoolsFlag, PoolState, VolumeCreateFlag, VolumeResizeFlag } from './constants/storage.ts';
export type {
  AgentEvent,
  BlockJobEvent,
  DeviceEvent,
  DomainEvent,
  DomainEventKind,
  LifecycleEvent,
  MetadataEvent,
  RebootEvent,
} from './domain-event.ts';
export { isLibvirtCode, LibvirtError } from './libvirt-error.ts';
export type { LibvirtErrorDetail, LibvirtErrorInit, LibvirtErrorKind, LibvirtOutcome } from './libvirt-error.ts';
export { createLibvirtSession } from './session/create-libvirt-session.ts';
export type { BackoffOptions, LibvirtSession, SessionOptions, SessionState } from './session/libvirt-session.ts';
export type {
  CallOptions,
  DomainRef,
  FlagOptions,
  NetworkRef,
  PoolRef,
  SnapshotRef,
  TypedParams,
  TypedValue,
  Unsubscribe,
  VolumeRef,
} from './types.ts';
export { DEFAULT_SOCKET_PATH, parseLibvirtUri } from './uri.ts';
export type { LibvirtUri } from './uri.ts';
export { DomainXml } from './xml/domain-xml.ts';
export { poolXml, volumeXml } from './xml/storage-xml.ts';
export type { DirectoryPoolSpec, StoragePermissions, VolumeSpec } from './xml/storage-xml.ts';
export { XmlElement } from './xml/xml-element.ts';
export type { NewElement } from './xml/xml-element.ts';
