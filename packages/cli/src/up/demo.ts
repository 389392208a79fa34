import { fileURLToPath } from 'node:url';
import type { FoundManifest } from '../manifests/manifest.ts';
import { readManifests } from '../manifests/read-manifests.ts';

/** Where the demo's objects are written down, in this package. */
export const demoFile = fileURLToPath(new URL('../../demo/demo.yaml', import.meta.url));

/**
 * The objects of `up --demo`: a virtual machine on the mock hypervisor, which is kept in a directory of this `up` alone.
 *
 * @param mockDirectory - absolute.
 */
export async function demoManifests(mockDirectory: string): Promise<readonly FoundManifest[]> {
  const found = await readManifests([demoFile], async () => '');
  return found.map(({ at, manifest }) => {
    if (manifest.kind !== 'Provider') return { at, manifest };
    const spec = { ...(manifest['spec'] as object), endpoint: `mock://${encodeURI(mockDirectory)}` };
    return { at, manifest: { ...manifest, spec } };
  });
}
