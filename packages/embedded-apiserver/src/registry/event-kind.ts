import { isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { metadataOf, textOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import type { PrinterColumn } from './printer-column.ts';
import type { KindRules } from './resource-definition.ts';

const text: JsonObject = { type: 'string' };
const time: JsonObject = { type: 'string', format: 'date-time', nullable: true };
const count: JsonObject = { type: 'integer', format: 'int32' };
const reference: JsonObject = {
  type: 'object',
  properties: {
    apiVersion: text,
    kind: text,
    namespace: text,
    name: text,
    uid: text,
    resourceVersion: text,
    fieldPath: text,
  },
};

/** The fields of core/v1 Event. */
export const eventSchema: JsonObject = {
  involvedObject: reference,
  related: reference,
  reason: text,
  message: text,
  type: text,
  action: text,
  reportingComponent: text,
  reportingInstance: text,
  source: { type: 'object', properties: { component: text, host: text } },
  firstTimestamp: time,
  lastTimestamp: time,
  eventTime: time,
  count,
  series: { type: 'object', properties: { count, lastObservedTime: time } },
};

/** What Events do beyond their schema. */
export const eventRules: KindRules = {
  check: (object) => {
    const namespace = textOf(metadataOf(object)['namespace']);
    const involved = textOf(member(object['involvedObject'], 'namespace')) ?? '';
    return namespace === involved || (involved === '' && namespace === 'default')
      ? []
      : [
          {
            kind: 'invalid',
            path: 'involvedObject.namespace',
            value: involved,
            detail: 'does not match event.namespace',
          },
        ];
  },
  selectableFields: [
    ...Object.keys(reference['properties'] as JsonObject).map((name) => `involvedObject.${name}`),
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};

/** What `kubectl get events` shows. */
export const eventColumns: readonly PrinterColumn[] = [
  column('Last Seen', 0, lastSeen, 'date'),
  column('Type', 0, (event) => event['type']),
  column('Reason', 0, (event) => event['reason']),
  column('Object', 0, involvedName),
  column('Subobject', 1, (event) => member(event['involvedObject'], 'fieldPath')),
  column('Source', 1, source),
  column('Message', 0, (event) => textOf(event['message'])?.trim()),
  column('First Seen', 1, (event) => event['firstTimestamp'] ?? event['eventTime'], 'date'),
  column('Count', 1, (event) => event['count'] ?? member(event['series'], 'count') ?? 1, 'integer'),
  { ...column('Name', 1, (event) => event.metadata.name), format: 'name' },
];

/** When an Event was last written for its happening, in ms since 1970. */
export function lastSeenMs(event: KubeObject): number {
  return Date.parse(textOf(lastSeen(event)) ?? event.metadata.creationTimestamp);
}

function lastSeen(event: KubeObject): Json | undefined {
  return (
    textOf(member(event['series'], 'lastObservedTime')) ??
    textOf(event['lastTimestamp']) ??
    textOf(event['eventTime']) ??
    event.metadata.creationTimestamp
  );
}

function involvedName(event: KubeObject): string {
  const involved = isObject(event['involvedObject']) ? event['involvedObject'] : {};
  return `${(textOf(involved['kind']) ?? '').toLowerCase()}/${textOf(involved['name']) ?? ''}`;
}

function source(event: KubeObject): string {
  const component = textOf(member(event['source'], 'component')) ?? textOf(event['reportingComponent']);
  return [component, textOf(member(event['source'], 'host'))].filter(Boolean).join(', ');
}

function column(name: string, priority: number, read: PrinterColumn['read'], type = 'string'): PrinterColumn {
  return { name, type, format: '', description: '', priority, read };
}
