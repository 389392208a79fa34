import type { PoolRef } from '@virtrigaud/libvirt-client';
import { invalidField } from '@virtrigaud/provider-sdk';
import { createHash } from 'node:crypto';
import type { MachinePlan, PlannedDisk } from '../machine/machine-plan.ts';
import type { Host } from '../session/host.ts';
import { ensureCompleteVolume, readMarker, uploadSmall, type WantedVolume } from '../storage/complete-volume.ts';
import { deleteVolume, type Pool } from '../storage/pool.ts';
import { qcow2Xml } from '../storage/qcow2-xml.ts';
import { markerNameOf } from '../storage/volume-names.ts';
import type { UsableImage } from './images.ts';

const PRIVATE = { mode: '0600' };
const COPY_TIMEOUT_MS = 7_200_000;

/** What the volumes of a VM are made of. */
export interface VolumeWork {
  readonly plan: MachinePlan;
  readonly pool: Pool;
  /** Undefined: the VM boots from an empty disk. */
  readonly image: UsableImage | undefined;
  readonly seed: Uint8Array;
  readonly operationId: string;
  readonly checkBeforeEffect: () => void;
  /** Told before each volume. */
  readonly stage: (text: string) => void;
}

/** Checks sizes before anything is made. Throws InvalidArgument for a root disk that the image does not fit into. */
export function checkSizes(plan: MachinePlan, image: UsableImage | undefined): void {
  const { sizeBytes } = plan.root;
  if (!image && sizeBytes === undefined)
    throw invalidField('spec.root.size_bytes', 'is missing, and there is no image to take it from');
  if (image && sizeBytes !== undefined && sizeBytes < image.marker.virtualSizeBytes) {
    throw invalidField(
      'spec.root.size_bytes',
      `${String(sizeBytes)} is less than the image has (${String(image.marker.virtualSizeBytes)})`,
    );
  }
  plan.disks.forEach(({ sizeBytes: bytes }, index) => {
    if (!bytes) throw invalidField(`spec.disks[${String(index)}].size_bytes`, 'is missing');
  });
}

/**
 * Makes each volume of a VM that is not complete yet. Complete ones are taken as they are. Answers the names of those that are marked as
 * detached still.
 */
export async function buildVolumes(host: Host, work: VolumeWork): Promise<readonly string[]> {
  const { plan, pool, image, operationId, checkBeforeEffect } = work;
  const detached: string[] = [];
  const ensure = async (name: string, make: WantedVolume['make']) => {
    const marker = await ensureCompleteVolume(host.libvirt, {
      pool: pool.ref,
      name,
      operationId,
      checkBeforeEffect,
      make,
      madeFor: plan.owner.uid.toLowerCase(),
    });
    if (marker.detached) detached.push(name);
  };
  work.stage('making disk root');
  await ensure(plan.root.volume, () => makeRoot(host, { plan, pool: pool.ref, image }));
  for (const disk of plan.disks) {
    work.stage(`making disk ${disk.name ?? ''}`);
    await ensure(disk.volume, () => makeEmpty(host, pool.ref, disk));
  }
  work.stage('writing the seed');
  const sha256 = createHash('sha256').update(work.seed).digest('hex');
  const written = await readMarker(host.libvirt, pool.ref, plan.seedVolume);
  if (written && written.sha256 !== sha256) {
    // Of an attempt before what is wanted changed: no guest has seen it, and without its marker it is made anew.
    checkBeforeEffect();
    await deleteVolume(host.libvirt, pool.ref, markerNameOf(plan.seedVolume));
  }
  await ensure(plan.seedVolume, async () => {
    await uploadSmall(host.libvirt, { pool: pool.ref, name: plan.seedVolume, bytes: work.seed });
    return { virtualSizeBytes: work.seed.length, sha256 };
  });
  return detached;
}

interface RootWork {
  readonly plan: MachinePlan;
  readonly pool: PoolRef;
  readonly image: UsableImage | undefined;
}

async function makeRoot(host: Host, { plan, pool, image }: RootWork): Promise<{ virtualSizeBytes: number }> {
  if (!image) return makeEmpty(host, pool, plan.root);
  const virtualSizeBytes = plan.root.sizeBytes ?? image.marker.virtualSizeBytes;
  if (plan.settings.rootDisk === 'copy') return copyRoot(host, { plan, pool, image, virtualSizeBytes });
  await host.libvirt.volCreateXml(
    pool,
    qcow2Xml({
      name: plan.root.volume,
      capacityBytes: BigInt(virtualSizeBytes),
      backing: { path: image.path, format: 'qcow2' },
      permissions: PRIVATE,
    }),
  );
  return { virtualSizeBytes };
}

async function copyRoot(
  { libvirt }: Host,
  {
    plan,
    pool,
    image,
    virtualSizeBytes,
  }: RootWork & { readonly image: UsableImage; readonly virtualSizeBytes: number },
): Promise<{ virtualSizeBytes: number }> {
  const source = await libvirt.volLookupByPath(image.path);
  const xml = qcow2Xml({
    name: plan.root.volume,
    capacityBytes: BigInt(image.marker.virtualSizeBytes),
    permissions: PRIVATE,
  });
  const copy = await libvirt.volCreateXmlFrom(pool, { xml, source }, { timeoutMs: COPY_TIMEOUT_MS });
  if (virtualSizeBytes > image.marker.virtualSizeBytes) await libvirt.volResize(copy, BigInt(virtualSizeBytes));
  return { virtualSizeBytes };
}

/** Makes a disk with nothing on it. */
export async function makeEmpty(
  { libvirt }: Host,
  pool: PoolRef,
  disk: PlannedDisk,
): Promise<{ virtualSizeBytes: number }> {
  const virtualSizeBytes = disk.sizeBytes ?? 0;
  const capacityBytes = BigInt(virtualSizeBytes);
  await libvirt.volCreateXml(
    pool,
    qcow2Xml({
      name: disk.volume,
      capacityBytes,
      allocationBytes: disk.allocation === 'full' ? capacityBytes : 0n,
      permissions: PRIVATE,
    }),
    { timeoutMs: COPY_TIMEOUT_MS },
  );
  return { virtualSizeBytes };
}
