import type { KubeObject } from '../api/kube-object.ts';
import type { NewObject } from '../api/resource-client.ts';
import type { EventNote } from './event-recorder.ts';
import type { Event, ObjectReference } from './event-resource.ts';

/** The same thing, seen once or more: one Event in the cluster. */
export interface Sighting {
  readonly involved: ObjectReference;
  readonly note: EventNote;
  readonly firstMs: number;
  /** The Event's name; another once the Event has expired. */
  name: string;
  lastMs: number;
  count: number;
  /** Whether the Event exists, as far as is known. */
  created: boolean;
}

const MAX_MESSAGE = 1_024;
const MAX_REASON = 128;
const MAX_NAME = 253;

/** Where Events about cluster-scoped objects go. */
const CLUSTER_EVENTS_NAMESPACE = 'default';

/** The first sighting of something. @param suffix - makes the Event's name unique. */
export function newSighting(object: KubeObject, note: EventNote, at: { epochMs: number; suffix: string }): Sighting {
  const { name, namespace, uid, resourceVersion } = object.metadata;
  return {
    involved: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
    note: { ...note, reason: note.reason.slice(0, MAX_REASON), message: note.message.slice(0, MAX_MESSAGE) },
    firstMs: at.epochMs,
    lastMs: at.epochMs,
    name: eventName(name, at.suffix),
    count: 1,
    created: false,
  };
}

/** A name for an Event about the object of that name. */
export function eventName(objectName: string, suffix: string): string {
  return `${objectName.slice(0, MAX_NAME - suffix.length - 1).replace(/[.-]+$/, '')}.${suffix}`;
}

/** What makes two events the same. */
export function identityOf(object: KubeObject, note: EventNote): string {
  const { uid, namespace, name } = object.metadata;
  return JSON.stringify([object.kind, uid ?? [namespace, name], note.type, note.reason, note.message]);
}

/** The namespace that a sighting's Event lives in. */
export function namespaceOf(sighting: Sighting): string {
  return sighting.involved.namespace ?? CLUSTER_EVENTS_NAMESPACE;
}

/** The Event to create. */
export function eventOf(sighting: Sighting, source: { component: string; host: string }): NewObject<Event> {
  const { involved, note, firstMs, lastMs, count, name } = sighting;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: namespaceOf(sighting) },
    involvedObject: involved,
    type: note.type,
    reason: note.reason,
    message: note.message,
    count,
    firstTimestamp: secondsTime(firstMs),
    lastTimestamp: secondsTime(lastMs),
    source,
    reportingComponent: source.component,
    reportingInstance: source.host,
  };
}

/** A time as Kubernetes' Time, which has whole seconds. */
export function secondsTime(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}Z`;
}
