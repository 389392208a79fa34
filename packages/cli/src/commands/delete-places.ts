import { kinds } from '@virtrigaud/api-types';
import { isNotFound, objectKey, resource } from '@virtrigaud/kube-runtime';
import { qualifiedName } from '../api/api-resource.ts';
import type { ObjectPlace } from '../api/follow-object.ts';
import type { LiveObject } from '../api/live-object.ts';
import { CliError } from '../cli-error.ts';
import type { Session } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';
import { awaitObject } from './await-object.ts';
import { whyItStays } from './wait.ts';

/** How objects are deleted. */
export interface Deletion {
  readonly session: Session;
  readonly system: System;
  /** How long to wait for each. */
  readonly timeoutMs: number;
  /** Whether to wait until they are gone. */
  readonly until: 'gone' | 'asked';
  /** What an object that is not there is. */
  readonly absence: 'failure' | 'fine';
}

/** What people call an object. */
export const labelOf = ({ resource: of, name }: ObjectPlace) => `${qualifiedName(of)}/${name}`;

/**
 * Deletes objects in the order given. Of a namespace the virtual machines go first, then the Providers, which they need to go, and
 * the namespace, with their credentials, last.
 */
export async function deletePlaces(places: readonly ObjectPlace[], deletion: Deletion): Promise<void> {
  const deleted: ObjectPlace[] = [];
  for (const place of places) {
    if (place.resource.group === '' && place.resource.plural === 'namespaces')
      await emptyNamespace(place.name, deletion);
    if (await deleteOne(place, deletion)) deleted.push(place);
  }
  if (deletion.until === 'gone') await awaitGone(deleted, deletion);
}

async function emptyNamespace(namespace: string, deletion: Deletion): Promise<void> {
  for (const kind of [kinds.VirtualMachine, kinds.Provider]) {
    const client = resource<LiveObject>(deletion.session.transport, kind);
    const { items } = await client.list({ namespace, signal: deletion.system.signal });
    const places = items.map(({ metadata }) => ({ resource: kind, namespace, name: metadata.name }));
    for (const place of places) await deleteOne(place, { ...deletion, absence: 'fine' });
    await awaitGone(places, deletion);
  }
}

/** Answers whether it was there to be deleted. */
async function deleteOne(place: ObjectPlace, { session, system, absence }: Deletion): Promise<boolean> {
  try {
    const { namespace, name } = place;
    await resource(session.transport, place.resource).delete(objectKey({ namespace, name }), { signal: system.signal });
    system.terminal.out(`${labelOf(place)} deleted\n`);
    return true;
  } catch (error) {
    if (!isNotFound(error)) throw error;
    if (absence === 'fine') return false;
    throw new CliError('Refused', `${labelOf(place)} is not there`, { cause: error });
  }
}

async function awaitGone(places: readonly ObjectPlace[], { session, system, timeoutMs }: Deletion): Promise<void> {
  for (const place of places) {
    const describe = (object: LiveObject | undefined) => `${labelOf(place)} ${whyItStays(object)}`;
    const isMet = (object: LiveObject | undefined) => object === undefined;
    await awaitObject(place, { isMet, describe, timeoutMs }, { session, system });
  }
}
