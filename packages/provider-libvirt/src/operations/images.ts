import {
  dependencyMissing,
  invalidField,
  type CallContext,
  type ImageSource,
  type MutationContext,
  type Owner,
  type PreparedImage,
  type Task,
} from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import { DEFAULT_POOL } from '../machine/machine-plan.ts';
import type { Host } from '../session/host.ts';
import { ensureCompleteVolume, readMarker } from '../storage/complete-volume.ts';
import { copyImage } from '../storage/copy-image.ts';
import { findSource } from '../storage/find-source.ts';
import type { Marker } from '../storage/marker.ts';
import { requirePool, type Pool } from '../storage/pool.ts';
import { imageVolumeName, isImageVolume } from '../storage/volume-names.ts';

/** A prepared image is named by its pool and its volume. */
export const preparedIdOf = (pool: string, volume: string): string => `${pool}/${volume}`;

const CHECKSUMS = ['', 'md5', 'sha1', 'sha256', 'sha512'];

/**
 * Imports an image into a pool, once: what lies at the path afterwards changes no VM. Its import is a task that can be cancelled; asked
 * for again after a kill it begins anew.
 */
export async function prepareImage(
  host: Host,
  { image }: { readonly image: ImageSource },
  call: MutationContext,
): Promise<{ readonly preparedId?: string; readonly task?: Task }> {
  return asProvider(`image ${image.path}`, async () => {
    checkSource(image);
    const pool = await requirePool(host.libvirt, image.storage || DEFAULT_POOL);
    const name = imageVolumeName(call.owner.uid);
    const preparedId = preparedIdOf(pool.ref.name, name);
    if (await readMarker(host.libvirt, pool.ref, name)) return { preparedId };
    const source = await findSource(host.libvirt, image.path, call.signal);
    const task = call.startTask({ stage: `importing ${image.path}`, cancellable: true }, async (running) => {
      await asProvider(`image ${image.path}`, () =>
        ensureCompleteVolume(host.libvirt, {
          pool: pool.ref,
          name,
          operationId: call.operationId,
          checkBeforeEffect: () => running.checkBeforeEffect(),
          make: () =>
            copyImage({
              libvirt: host.libvirt,
              uri: host.uri,
              source,
              pool: pool.ref,
              name,
              checksum: image.checksum,
              checksumType: image.checksumType,
              signal: running.signal,
              progress: (percent) => running.progress({ percent }),
            }),
        }),
      );
      return { resultId: preparedId };
    });
    return { task };
  });
}

function checkSource({ path, url, template, checksumType }: ImageSource): void {
  if (path === '') {
    const given = url !== '' ? `the URL ${url}` : `the template ${template}`;
    throw invalidField(
      'image.path',
      `is missing: ${given} means nothing to this provider, which takes a path of libvirt's host`,
    );
  }
  if (!path.startsWith('/')) throw invalidField('image.path', `"${path}" is not absolute`);
  if (!CHECKSUMS.includes(checksumType))
    throw invalidField('image.checksum_type', `"${checksumType}" is none of md5, sha1, sha256, sha512`);
}

/** What was imported for an owner; undefined: asked, and nothing complete is there. */
export async function describeImage(
  host: Host,
  { owner, image }: { readonly owner: Owner; readonly image: ImageSource },
  _call: CallContext,
): Promise<PreparedImage | undefined> {
  return asProvider(`image ${image.path}`, async () => {
    const pool = await requirePool(host.libvirt, image.storage || DEFAULT_POOL);
    const name = imageVolumeName(owner.uid);
    const marker = await readMarker(host.libvirt, pool.ref, name);
    return (
      marker && {
        preparedId: preparedIdOf(pool.ref.name, name),
        virtualSizeBytes: marker.virtualSizeBytes,
        format: 'qcow2',
        complete: true,
      }
    );
  });
}

/** An image that a VM is to be made from. */
export interface UsableImage {
  readonly path: string;
  readonly marker: Marker;
}

/** Finds a prepared image in the VM's own pool. Throws DEPENDENCY_MISSING when it is not there. */
export async function requireImage(host: Host, preparedId: string, pool: Pool): Promise<UsableImage> {
  const slash = preparedId.lastIndexOf('/');
  const [poolName, volume] = [preparedId.slice(0, Math.max(0, slash)), preparedId.slice(slash + 1)];
  if (preparedId === '')
    throw dependencyMissing('the image was not prepared: only prepared images can be booted from here');
  if (poolName !== pool.ref.name) {
    throw dependencyMissing(
      `the image is prepared in pool "${poolName}" and the VM wants its disks in "${pool.ref.name}": both have to be the same; set the image's storagePool, or the VM's spec.placement.datastore`,
    );
  }
  // A VM's disk has a marker, too, and must never be what another one is based on.
  const marker = isImageVolume(volume) ? await readMarker(host.libvirt, pool.ref, volume) : undefined;
  if (!marker) throw dependencyMissing(`the prepared image "${preparedId}" is not there any more: prepare it again`);
  return { path: `${pool.path}/${volume}`, marker };
}
