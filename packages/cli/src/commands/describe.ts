import { objectKey, resource } from '@virtrigaud/kube-runtime';
import { events as eventResource } from '../api/known-resources.ts';
import { qualifiedName } from '../api/api-resource.ts';
import type { LiveObject } from '../api/live-object.ts';
import { resolveOne } from '../api/resolve-resource.ts';
import { parseSelection } from '../api/selection.ts';
import { describeObject, type RecordedEvent } from '../output/describe-object.ts';
import { withSession, type Session, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** Prints objects for people: what is asked, what is, the conditions and the events. */
export async function describe(words: readonly string[], flags: TargetFlags, system: System): Promise<void> {
  const selected = parseSelection(words);
  await withSession(flags, system, async (session) => {
    const texts: string[] = [];
    for (const { resource: word, name } of selected) {
      const found = await resolveOne(session.transport, word);
      const namespace = found.namespaced ? session.namespace : undefined;
      const client = resource<LiveObject>(session.transport, found);
      const { signal } = system;
      const objects =
        name === undefined
          ? (await client.list({ namespace, signal })).items
          : [await client.get(objectKey({ namespace, name }), { signal })];
      for (const object of objects) {
        texts.push(describeObject(object, { events: await eventsOf(object, session, signal), now: system.now() }));
      }
      if (objects.length === 0) system.terminal.note(`no ${qualifiedName(found)} in namespace ${session.namespace}\n`);
    }
    system.terminal.out(texts.join('\n'));
  });
}

async function eventsOf(object: LiveObject, session: Session, signal: AbortSignal): Promise<readonly RecordedEvent[]> {
  const { name, namespace, uid } = object.metadata;
  const about = { 'involvedObject.kind': object.kind, 'involvedObject.name': name, 'involvedObject.uid': uid };
  const fieldSelector = Object.entries(about)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}=${value}`)
    .join(',');
  const client = resource<LiveObject & RecordedEvent>(session.transport, eventResource);
  return (await client.list({ namespace: namespace ?? 'default', fieldSelector, signal })).items;
}
