import type { Manifest } from '../manifests/manifest.ts';

/** Where kubectl keeps what was applied last; the same, so that both can be used in turn. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manifest, with itself noted as what was applied last. */
export function withLastApplied(manifest: Manifest): Manifest {
  const { [LAST_APPLIED]: _own, ...annotations } = manifest.metadata.annotations ?? {};
  const plain = { ...manifest, metadata: { ...manifest.metadata, annotations } };
  const note = `${JSON.stringify(plain)}\n`;
  return { ...plain, metadata: { ...plain.metadata, annotations: { ...annotations, [LAST_APPLIED]: note } } };
}

/** What was applied last to a live object; undefined when that is not noted, or cannot be read. */
export function lastAppliedOf(live: { readonly metadata: { readonly annotations?: unknown } }): Manifest | undefined {
  const note = (live.metadata.annotations as Readonly<Record<string, unknown>> | undefined)?.[LAST_APPLIED];
  if (typeof note !== 'string') return undefined;
  try {
    return JSON.parse(note) as Manifest;
  } catch (error) {
    // Somebody edited the note: nothing is known of the last apply, so nothing is removed.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
