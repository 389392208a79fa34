import { isNotFound, objectKey, resource, type ResourceClient } from '@virtrigaud/kube-runtime';
import { lastAppliedOf, withLastApplied } from '../apply/last-applied.ts';
import { threeWayPatch } from '../apply/three-way-patch.ts';
import { qualifiedName } from '../api/api-resource.ts';
import type { LiveObject } from '../api/live-object.ts';
import { resolveKind } from '../api/resolve-resource.ts';
import { CliError } from '../cli-error.ts';
import type { FoundManifest, Manifest } from '../manifests/manifest.ts';
import { readManifests } from '../manifests/read-manifests.ts';
import { refusalOf } from '../output/failure.ts';
import { withSession, type Session, type TargetFlags } from '../target/session.ts';
import type { System } from '../terminal/terminal.ts';

/** Options of `apply`. */
export interface ApplyFlags extends TargetFlags {
  readonly filename: readonly string[];
}

/** Who is recorded as the writer of fields. */
const FIELD_MANAGER = 'virtrigaud';

/**
 * Brings objects to what manifests say, as `kubectl apply` does on the client's side.
 *
 * Goes on after an object that is refused, so that one apply shows all that is wrong.
 */
export async function apply(flags: ApplyFlags, system: System): Promise<void> {
  const found = await readManifests(flags.filename, () => system.terminal.readInput());
  await withSession(flags, system, async (session) => applyAll(found, session, system));
}

/** Applies each manifest, and says what became of it. */
export async function applyAll(
  found: readonly FoundManifest[],
  session: Session,
  { terminal, signal }: System,
): Promise<void> {
  const refused: string[] = [];
  for (const one of found) {
    try {
      terminal.out(`${await applyOne(one.manifest, session, signal)}\n`);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      refused.push(`${one.at}: ${one.manifest.kind} ${one.manifest.metadata.name}: ${refusal}`);
    }
  }
  if (refused.length > 0) throw new CliError('Refused', refused.join('\n'));
}

async function applyOne(given: Manifest, session: Session, signal: AbortSignal): Promise<string> {
  const described = await resolveKind(session.transport, given);
  const namespace = described.namespaced ? (given.metadata.namespace ?? session.namespace) : undefined;
  const manifest = withLastApplied({
    ...given,
    metadata: { ...given.metadata, ...(namespace === undefined ? {} : { namespace }) },
  });
  const client = resource<LiveObject>(session.transport, described);
  const name = `${qualifiedName(described)}/${given.metadata.name}`;
  const key = objectKey({ namespace, name: given.metadata.name });
  const write = { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', signal } as const;
  const live = await getOrUndefined(client, { key, signal });
  if (live === undefined) {
    await client.create(manifest, write);
    return `${name} created`;
  }
  const patch = threeWayPatch({ last: lastAppliedOf(live), live: { ...live }, wanted: manifest });
  if (patch === undefined) return `${name} unchanged`;
  const now = await client.mergePatch(key, patch, write);
  // The server fills in defaults inside lists, so that a patch may come to nothing.
  return `${name} ${now.metadata.resourceVersion === live.metadata.resourceVersion ? 'unchanged' : 'configured'}`;
}

async function getOrUndefined(
  client: ResourceClient<LiveObject>,
  { key, signal }: { readonly key: `${string}/${string}`; readonly signal: AbortSignal },
): Promise<LiveObject | undefined> {
  try {
    return await client.get(key, { signal });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
