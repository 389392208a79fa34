import type { DomainRef } from './types.ts';

/** Something that happened to a domain. Events come in libvirtd's order; none is sent twice, and none after a loss. */
export type DomainEvent = LifecycleEvent | RebootEvent | DeviceEvent | BlockJobEvent | AgentEvent | MetadataEvent;

/** Defined, undefined, started, stopped and so on: `event` is one of {@link LifecycleEventType}. */
export interface LifecycleEvent {
  readonly kind: 'lifecycle';
  readonly domain: DomainRef;
  readonly event: number;
  /** Why, in a numbering of its own for each event. */
  readonly detail: number;
}

/** The guest rebooted itself. */
export interface RebootEvent {
  readonly kind: 'reboot';
  readonly domain: DomainRef;
}

/** A hot-plug is complete, a detach is complete, or the guest refused it. */
export interface DeviceEvent {
  readonly kind: 'deviceAdded' | 'deviceRemoved' | 'deviceRemovalFailed';
  readonly domain: DomainRef;
  readonly alias: string;
}

/** A block job ended or became ready. */
export interface BlockJobEvent {
  readonly kind: 'blockJob';
  readonly domain: DomainRef;
  /** Target name of the disk. */
  readonly disk: string;
  readonly type: number;
  /** 0 done, 1 failed, 2 cancelled, 3 ready. */
  readonly status: number;
}

/** The guest agent came or went. */
export interface AgentEvent {
  readonly kind: 'agentLifecycle';
  readonly domain: DomainRef;
  /** 1 connected, 2 disconnected. */
  readonly state: number;
  readonly reason: number;
}

/** Metadata of the domain changed. */
export interface MetadataEvent {
  readonly kind: 'metadata';
  readonly domain: DomainRef;
  /** One of {@link MetadataType}. */
  readonly type: number;
  readonly uri?: string | undefined;
}

/** Kinds of {@link DomainEvent} that can be asked for. */
export type DomainEventKind = DomainEvent['kind'];
