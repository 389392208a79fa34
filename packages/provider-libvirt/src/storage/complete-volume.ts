import { volumeXml, type LibvirtApi, type PoolRef } from '@virtrigaud/libvirt-client';
import { ProviderError } from '@virtrigaud/provider-sdk';
import type { NamedVolume } from '../identity/stamp.ts';
import { downloadStart } from './download.ts';
import { decodeMarker, encodeMarker, MARKER_BYTES, type Marker } from './marker.ts';
import { deleteVolume, findVolume } from './pool.ts';
import { markerNameOf } from './volume-names.ts';
import { volumeUses } from './volume-uses.ts';

/** Owner-only: libvirt gives a volume to QEMU's user while a domain runs on it. */
const PRIVATE = { mode: '0600' };

/** A volume that is to be there, whole. */
export interface WantedVolume {
  readonly pool: PoolRef;
  readonly name: string;
  readonly operationId: string;
  /** UUID of the domain that it is made for, which may have it as a disk already. */
  readonly madeFor?: string | undefined;
  /** Called before each effect; throws when there must be none. */
  readonly checkBeforeEffect: () => void;
  /** Makes the volume, which is not there, and answers what it shows to a guest. */
  readonly make: () => Promise<{ readonly virtualSizeBytes: number; readonly sha256?: string }>;
}

/** The volume's marker; undefined: there is no volume of that name, or it was never completed. */
export async function readMarker(libvirt: LibvirtApi, pool: PoolRef, name: string): Promise<Marker | undefined> {
  const [volume, marker] = await Promise.all([
    findVolume(libvirt, pool, name),
    findVolume(libvirt, pool, markerNameOf(name)),
  ]);
  return volume && marker && decodeMarker(await downloadStart(libvirt, marker, { bytes: MARKER_BYTES }));
}

/**
 * A VM's disk without a marker is ours to make anew only where an unfinished operation names it: otherwise it was complete once, and
 * what is on it is somebody's.
 *
 * @throws ProviderError VOLUME_UNKNOWN, with what a person can do.
 */
export async function requireNamed(
  libvirt: LibvirtApi,
  { pool, name, named }: { readonly pool: PoolRef; readonly name: string; readonly named: readonly NamedVolume[] },
): Promise<void> {
  if (named.some((each) => each.pool === pool.name && each.name === name)) return;
  const volume = await findVolume(libvirt, pool, name);
  if (!volume || (await readMarker(libvirt, pool, name))) return;
  throw new ProviderError('FailedPrecondition', {
    reason: 'VOLUME_UNKNOWN',
    message: `volume ${volume.key} is there without its marker (${markerNameOf(name)}), and no operation was making it: it stays untouched; restore the marker, or remove the volume`,
  });
}

/**
 * Makes a volume unless it is complete already. What is there without a marker is a half-made one of ours, and made anew; a complete
 * one is never overwritten, nor is one that somebody needs: it was complete once, and lost its marker. One that was detached stays marked
 * so: see {@link clearDetached}. A kill at any point leaves what the next call puts right.
 *
 * @throws ProviderError VOLUME_IN_USE when the volume has no marker and somebody needs it.
 */
export async function ensureCompleteVolume(libvirt: LibvirtApi, wanted: WantedVolume): Promise<Marker> {
  const { pool, name, operationId, checkBeforeEffect, make } = wanted;
  const done = await readMarker(libvirt, pool, name);
  if (done) return done;
  await requireUnused(libvirt, wanted);
  checkBeforeEffect();
  await deleteVolume(libvirt, pool, markerNameOf(name));
  await deleteVolume(libvirt, pool, name);
  const made = await make();
  const marker: Marker = { operationId, ...made };
  checkBeforeEffect();
  await writeMarker(libvirt, { pool, name, marker });
  return marker;
}

/**
 * Says that a volume goes with its VM again. Only for a disk that its VM has for good: earlier, one that is not attached after all would
 * be deleted with the VM, and what is on it with it.
 */
export async function clearDetached(
  libvirt: LibvirtApi,
  { pool, name, checkBeforeEffect }: Pick<WantedVolume, 'pool' | 'name' | 'checkBeforeEffect'>,
): Promise<void> {
  const marker = await readMarker(libvirt, pool, name);
  if (!marker?.detached) return;
  checkBeforeEffect();
  await writeMarker(libvirt, { pool, name, marker: { ...marker, detached: false } });
}

async function requireUnused(libvirt: LibvirtApi, { pool, name, madeFor }: WantedVolume): Promise<void> {
  const volume = await findVolume(libvirt, pool, name);
  if (!volume) return;
  const users = (await volumeUses(libvirt)).filter(
    (use) => use.path === volume.key && (use.domain === undefined || use.domain !== madeFor),
  );
  if (users.length === 0) return;
  throw new ProviderError('FailedPrecondition', {
    reason: 'VOLUME_IN_USE',
    message: `volume ${volume.key} has lost its marker (${markerNameOf(name)}) and is needed by ${users.map(({ by }) => by).join(', ')}: it is not made anew; restore the marker, or remove what needs it`,
  });
}

/** Writes a volume's marker, over an old one too. */
export async function writeMarker(
  libvirt: LibvirtApi,
  { pool, name, marker }: { readonly pool: PoolRef; readonly name: string; readonly marker: Marker },
): Promise<void> {
  await uploadSmall(libvirt, { pool, name: markerNameOf(name), bytes: encodeMarker(marker) });
}

/** Writes bytes as a volume of their size, over one that is there already. */
export async function uploadSmall(
  libvirt: LibvirtApi,
  { pool, name, bytes }: { readonly pool: PoolRef; readonly name: string; readonly bytes: Uint8Array },
): Promise<void> {
  const capacityBytes = BigInt(bytes.length);
  const volume =
    (await findVolume(libvirt, pool, name)) ??
    (await libvirt.volCreateXml(pool, volumeXml({ name, capacityBytes, format: 'raw', permissions: PRIVATE })));
  await libvirt.volUpload(volume, once(bytes), { lengthBytes: capacityBytes });
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
