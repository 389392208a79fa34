import type { KubeObject, ObjectMeta } from '../api/kube-object.ts';
import type { ResourceDescriptor } from '../api/resource-client.ts';

/** core/v1 Event, as far as it is written here. */
export interface Event extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly involvedObject: ObjectReference;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  /** RFC 3339, in seconds. */
  readonly firstTimestamp: string;
  readonly lastTimestamp: string;
  readonly source: { readonly component: string; readonly host: string };
  readonly reportingComponent: string;
  readonly reportingInstance: string;
}

/** Which object an Event is about. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Where Events are. */
export const eventResource: ResourceDescriptor<Event> = {
  group: '',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};
