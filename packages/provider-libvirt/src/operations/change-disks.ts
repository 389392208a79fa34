import type { DomainXml } from '@virtrigaud/libvirt-client';
import {
  dependencyMissing,
  invalidField,
  restartRequired,
  type DiskSpec,
  type DiskState,
  type MutationContext,
  type VmState,
} from '@virtrigaud/provider-sdk';
import { basename, dirname } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';
import { deviceAlias } from '../identity/device-alias.ts';
import { madeAs, type DomainStamp } from '../identity/stamp.ts';
import { appendDisk, targetNames } from '../machine/device-xml.ts';
import type { MachinePlan } from '../machine/machine-plan.ts';
import type { Host } from '../session/host.ts';
import { includesVolume } from '../storage/clear-leftovers.ts';
import { ensureCompleteVolume, readMarker, requireNamed, writeMarker } from '../storage/complete-volume.ts';
import { runningPools, type Pool } from '../storage/pool.ts';
import { ownerUidOfVolume } from '../storage/volume-names.ts';
import { makeEmpty } from './build-volumes.ts';
import type { OwnedDomain } from './require-stamp.ts';
import { writeStamp } from './write-stamp.ts';

const dataDisks = (vm: VmState) => (vm.disks ?? []).filter(({ root }) => !root);

/** What has to happen to the data disks of a VM. */
export interface DiskChanges {
  readonly added: readonly DiskSpec[];
  /** Names. */
  readonly removed: readonly string[];
  readonly grown: readonly { readonly path: string; readonly sizeBytes: number }[];
}

/**
 * Compares data disks by name. Pure.
 *
 * @throws ProviderError for a disk that would have to shrink, and RESTART_REQUIRED where disks come or go while the VM runs.
 */
export function diskChanges(wanted: readonly DiskSpec[], vm: VmState): DiskChanges {
  const has = new Map(dataDisks(vm).map((disk) => [disk.name, disk]));
  const names = new Set(wanted.map(({ name }) => name));
  const added = wanted.filter(({ name }) => !has.has(name));
  const removed = [...has.keys()].filter((name) => !names.has(name));
  const grown = wanted.flatMap(({ name, sizeBytes }) => {
    const disk = has.get(name);
    if (!disk || disk.sizeBytes === sizeBytes) return [];
    if (disk.sizeBytes > sizeBytes) {
      throw invalidField(
        'desired.disks',
        `disk "${name}" has ${String(disk.sizeBytes)} bytes, more than ${String(sizeBytes)}: disks only grow`,
      );
    }
    return [{ path: disk.path, sizeBytes }];
  });
  if ((added.length > 0 || removed.length > 0) && vm.power !== 'Off') throw restartRequired(['desired.disks']);
  return { added, removed, grown };
}

/** What changing disks needs to know. */
export interface DiskWork {
  readonly owned: OwnedDomain;
  readonly vm: VmState;
  /** The whole of what is wanted. */
  readonly plan: MachinePlan;
  readonly changes: DiskChanges;
  readonly call: MutationContext;
}

/** Volumes that are ready for a new definition. */
export interface PreparedDisks {
  /** The stamp as it is now; it names what was made. */
  readonly stamp: DomainStamp;
  /** Puts the changes into a definition. */
  readonly edit: (xml: DomainXml) => void;
}

/**
 * Brings the volumes into the state that the new definition takes for granted: those of new disks are there (one that was detached comes
 * back as it was), those of removed ones are marked to outlive the VM. The stamp names new ones before they are made, and lets go of those that leave. Once the definition
 * holds, `settleDisks` has to follow.
 */
export async function prepareDisks(host: Host, work: DiskWork): Promise<PreparedDisks> {
  const { owned, vm, plan, changes, call } = work;
  const pool = await poolOf(host, vm);
  const added = plan.disks.filter(({ name }) => changes.added.some((each) => each.name === name));
  for (const { volume } of added) {
    await requireNamed(host.libvirt, { pool: pool.ref, name: volume, named: owned.stamp.making });
  }
  const names = added.map(({ volume }) => ({ pool: pool.ref.name, name: volume }));
  const leaving = dataDisks(vm).flatMap(({ name, path }) => (changes.removed.includes(name) ? [basename(path)] : []));
  // What an earlier change began stays named until it is cleared away; what leaves was made, and is never made anew.
  const before = owned.stamp.making.filter((each) => !leaving.includes(each.name) && !includesVolume(names, each));
  const stamp = { ...owned.stamp, making: [...before, ...names] };
  if (!isDeepStrictEqual(stamp.making, owned.stamp.making)) {
    call.checkBeforeEffect();
    await writeStamp(host.libvirt, owned.domain, stamp);
  }
  for (const disk of added) {
    await ensureCompleteVolume(host.libvirt, {
      pool: pool.ref,
      name: disk.volume,
      operationId: call.operationId,
      checkBeforeEffect: () => call.checkBeforeEffect(),
      make: () => makeEmpty(host, pool.ref, disk),
    });
  }
  for (const disk of dataDisks(vm).filter(({ name }) => changes.removed.includes(name))) {
    await markDetached(host, { disk, pool, call, owned });
  }
  return { stamp, edit: (xml) => editDisks(xml, work, pool) };
}

/** A disk that leaves its VM outlives it, also one that lost its marker. Files of another name are never deleted, and need none. */
async function markDetached(
  { libvirt }: Host,
  { disk, pool, call, owned }: Pick<DiskWork, 'call' | 'owned'> & { readonly disk: DiskState; readonly pool: Pool },
): Promise<void> {
  const name = basename(disk.path);
  if (dirname(disk.path) !== pool.path || ownerUidOfVolume(name) !== madeAs(owned.stamp)) return;
  const marker = (await readMarker(libvirt, pool.ref, name)) ?? {
    operationId: call.operationId,
    virtualSizeBytes: disk.sizeBytes,
  };
  call.checkBeforeEffect();
  await writeMarker(libvirt, { pool: pool.ref, name, marker: { ...marker, detached: true } });
}

/** A VM's disks stay in one pool: where its root disk lies. */
async function poolOf({ libvirt }: Host, vm: VmState): Promise<Pool> {
  const folder = dirname((vm.disks ?? []).find(({ root }) => root)?.path ?? '');
  const pool = (await runningPools(libvirt)).find(({ path }) => path === folder);
  return pool ?? Promise.reject(dependencyMissing(`the storage pool of ${folder} is not active at libvirt: start it`));
}

function editDisks(xml: DomainXml, { plan, changes }: DiskWork, pool: Pool): void {
  for (const name of changes.removed) xml.findDeviceByAlias(deviceAlias('disk', name))?.remove();
  const taken = xml.devices.findAll('disk/target').map((target) => target.attribute('dev') ?? '');
  const names = targetNames(taken);
  for (const disk of plan.disks.filter(({ name }) => changes.added.some((added) => added.name === name))) {
    appendDisk(xml.devices, disk, { path: `${pool.path}/${disk.volume}`, target: names(disk.bus) });
  }
}
