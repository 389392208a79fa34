import { stringify } from 'yaml';
import { conditionsOf, type LiveObject } from '../api/live-object.ts';
import { age } from './age.ts';
import { columns } from './columns.ts';

/** An event, as far as it is shown. */
export interface RecordedEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly note?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string };
}

/** Annotations that say nothing to a person. */
const HIDDEN = new Set(['kubectl.kubernetes.io/last-applied-configuration']);

/** An object for people: names, what is asked, what is observed, conditions, events. */
export function describeObject(
  object: LiveObject,
  { events, now }: { readonly events: readonly RecordedEvent[]; readonly now: Date },
): string {
  const { metadata, spec, status } = object;
  const { conditions: _conditions, ...observed } = status ?? {};
  const head: [string, string | undefined][] = [
    ['Name:', metadata.name],
    ['Namespace:', metadata.namespace],
    ['Kind:', `${object.kind} (${object.apiVersion})`],
    ['Age:', age(metadata.creationTimestamp, now)],
    [
      'Deleted:',
      metadata.deletionTimestamp && `${age(metadata.deletionTimestamp, now)} ago, waits for ${waitsFor(object)}`,
    ],
    ['Labels:', pairs(metadata.labels)],
    ['Annotations:', pairs(metadata.annotations)],
  ];
  return [
    columns(head.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    section('Spec', spec),
    section('Status', observed),
    conditionTable(object, now),
    eventTable(events, now),
  ].join('');
}

const waitsFor = ({ metadata }: LiveObject) => metadata.finalizers?.join(', ') ?? 'nothing';

function pairs(map: Readonly<Record<string, string>> | undefined): string | undefined {
  const shown = Object.entries(map ?? {}).filter(([key]) => !HIDDEN.has(key));
  return shown.length === 0 ? undefined : shown.map(([key, value]) => `${key}=${value}`).join(', ');
}

function section(title: string, content: object | undefined): string {
  if (content === undefined || Object.keys(content).length === 0) return '';
  return `${title}:\n${indent(stringify(content, { version: '1.1' }))}`;
}

const indent = (text: string) => text.replace(/^(?=.)/gm, '  ');

function conditionTable(object: LiveObject, now: Date): string {
  const rows = conditionsOf(object).map(({ type, status, reason, lastTransitionTime, message }) => [
    ...[type, status, reason],
    ...[age(lastTransitionTime, now), message],
  ]);
  return rows.length === 0
    ? ''
    : `Conditions:\n${indent(columns([['TYPE', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'], ...rows]))}`;
}

const lastSeen = (event: RecordedEvent) =>
  event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp ?? '';

function eventTable(events: readonly RecordedEvent[], now: Date): string {
  if (events.length === 0) return 'Events: none\n';
  const sorted = [...events].sort((a, b) => Date.parse(lastSeen(a)) - Date.parse(lastSeen(b)));
  const rows = sorted.map((event) => {
    const count = event.series?.count ?? event.count ?? 1;
    const seen = `${age(lastSeen(event), now)}${count > 1 ? ` (x${count})` : ''}`;
    return [event.type ?? '', event.reason ?? '', seen, event.message ?? event.note ?? ''];
  });
  return `Events:\n${indent(columns([['TYPE', 'REASON', 'AGE', 'MESSAGE'], ...rows]))}`;
}
