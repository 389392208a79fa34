import type { ApiResource } from '../api/api-resource.ts';
import type { ObjectPlace } from '../api/follow-object.ts';
import { resolveKind, resolveOne } from '../api/resolve-resource.ts';
import { parseNamed } from '../api/selection.ts';
import { CliError } from '../cli-error.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { isLocal, withSession, type Session, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';
import { deletePlaces, labelOf } from './delete-places.ts';
import { timeoutMsOf } from './timeout.ts';

/** Options of `delete`. */
export interface DeleteFlags extends TargetFlags {
  readonly filename?: readonly string[];
  readonly wait: boolean;
  readonly timeout: string;
  readonly yes?: boolean;
  readonly ignoreNotFound?: boolean;
}

/** Deletes objects, then waits until they are gone. Asks first where the server is neither local nor named in the command. */
export async function remove(words: readonly string[], flags: DeleteFlags, system: System): Promise<void> {
  const timeoutMs = timeoutMsOf(flags.timeout);
  const fromFiles = flags.filename ?? [];
  if (fromFiles.length > 0 === words.length > 0)
    throw new CliError('BadInput', 'name objects, for example vm/web-1, or files with -f');
  const found = fromFiles.length > 0 ? await readManifests(fromFiles, () => system.terminal.readInput()) : [];
  const named = words.length > 0 ? parseNamed(words) : [];
  await withSession(flags, system, async (session) => {
    const places: ObjectPlace[] = [];
    for (const { manifest } of found) {
      const of = await resolveKind(session.transport, manifest);
      places.push(
        placeOf(of, { name: manifest.metadata.name, namespace: manifest.metadata.namespace ?? session.namespace }),
      );
    }
    for (const { resource: word, name } of named) {
      places.push(placeOf(await resolveOne(session.transport, word), { name, namespace: session.namespace }));
    }
    await confirmed(places, { flags, session, system });
    // The other way round than they are applied: what depends on others goes before them.
    await deletePlaces(places.reverse(), {
      ...{ session, system, timeoutMs },
      until: flags.wait ? 'gone' : 'asked',
      absence: flags.ignoreNotFound ? 'fine' : 'failure',
    });
  });
}

interface Run {
  readonly flags: DeleteFlags;
  readonly session: Session;
  readonly system: System;
}

const placeOf = (
  of: ApiResource,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): ObjectPlace => ({
  resource: of,
  namespace: of.namespaced ? namespace : undefined,
  name,
});

async function confirmed(places: readonly ObjectPlace[], { flags, session, system }: Run): Promise<void> {
  if (flags.yes || session.target.explicit || isLocal(session.server)) return;
  const what = `${places.map(labelOf).join(', ')} on ${session.server}`;
  if (!system.terminal.canAsk)
    throw new CliError(
      'Refused',
      `${what}: this server was not named in the command: add --yes, --kubeconfig or --context`,
    );
  if (!(await system.terminal.confirm(`Delete ${what}?`))) throw new CliError('Refused', 'nothing was deleted');
}
