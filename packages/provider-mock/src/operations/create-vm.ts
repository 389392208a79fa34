import { setTimeout as delay } from 'node:timers/promises';
import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { OwnerStamp, VmRecord, VolumeRecord } from '../hypervisor/records.ts';
import { isOwnedBy, type EffectGuard } from './effect-guard.ts';
import { volumeOf } from './disks.ts';
import { withNicsOf } from './nics.ts';
import { imageSizeOf, requireSource } from './image.ts';
import { turnedOn } from './power-vm.ts';
import type { WantedVm } from './wanted.ts';

/** Who creates, and how. */
export interface CreateCall extends EffectGuard {
  readonly owner: OwnerStamp;
  readonly operationId: string;
  readonly powerOn: boolean;
}

/**
 * Makes a VM in four durable steps: claim it under its owner's uid, make its volumes, complete it, power it on. Killed between any two
 * it leaves what the steps so far made, and the next call goes on from there. Answers the VM that is there when it is complete already.
 *
 * @throws `HypervisorError` `NameTaken`, `NoSuchImage`, `NoSuchNetwork`, `NoSpace`, `WrongState` while it is being deleted.
 */
export async function createVm(host: MockHypervisor, wanted: WantedVm, call: CreateCall): Promise<VmRecord> {
  const claimed = await claimVm(host, wanted, call);
  return claimed.lifecycle === 'ready' ? claimed : await finishVm(host, wanted, call);
}

/** The first step, which is quick: afterwards the VM is there, `creating`, and nobody else can make it. */
export async function claimVm(host: MockHypervisor, wanted: WantedVm, call: CreateCall): Promise<VmRecord> {
  const { owner, signal } = call;
  const subject = { id: owner.uid, name: wanted.name };
  await host.reach('create', subject, signal);
  const existing = await host.vm(owner.uid);
  if (existing) requireOwn(existing, owner);
  if (existing?.lifecycle === 'ready') return existing;
  const nics = await withNicsOf(host, owner.uid, wanted.nics);
  await requireSource(host, wanted.source);

  call.beforeEffect();
  const claimed = await claim(host, { ...recordOf(wanted, call), nics }, existing);
  await host.pass('create.claim', subject, signal);
  return claimed;
}

/**
 * All steps after the claim, which take as long as disks take to copy.
 *
 * @param progress - is told how many percent of the root disk are copied.
 */
export async function finishVm(
  host: MockHypervisor,
  wanted: WantedVm,
  call: CreateCall & { readonly progress?: (percent: number) => void },
): Promise<VmRecord> {
  const { owner, signal } = call;
  const subject = { id: owner.uid, name: wanted.name };
  await makeVolumes(host, wanted, call);
  call.beforeEffect();
  let completedHere = false;
  const complete = await host.change(owner.uid, (vm) => {
    requireClaim(vm, call);
    completedHere = vm.lifecycle === 'creating';
    const { operation: _operation, ...rest } = vm;
    return completedHere ? { ...rest, lifecycle: 'ready' } : vm;
  });
  await host.pass('create.complete', subject, signal);

  // Another process that completed it saw to its power, which somebody may have changed since.
  if (!call.powerOn || !completedHere) return complete;
  const { bootMs } = await host.knobs.read();
  call.beforeEffect();
  const on = await host.change(complete.id, (vm) => turnedOn(vm, bootMs));
  await host.pass('create.power', subject, signal);
  return on;
}

async function claim(host: MockHypervisor, wanted: VmRecord, existing: VmRecord | undefined): Promise<VmRecord> {
  if (!existing) return await host.define(wanted);
  return await host.change(wanted.id, (vm) => {
    if (wanted.stamp) requireOwn(vm, wanted.stamp.owner);
    if (vm.lifecycle === 'deleting') throw beingDeleted(vm);
    // A half-made one is made as it is wanted now; its name was claimed with it and stays.
    return { ...wanted, name: vm.name };
  });
}

async function makeVolumes(
  host: MockHypervisor,
  wanted: WantedVm,
  call: CreateCall & { readonly progress?: (percent: number) => void },
): Promise<void> {
  const { owner, signal } = call;
  for (const volume of await volumesOf(host, wanted, owner.uid)) {
    call.beforeEffect();
    const { complete } = await host.beginVolume(volume);
    if (!complete) {
      await host.pass('create.volume', { id: owner.uid, name: wanted.name }, signal);
      if (volume.role === 'root') await copyBytes(host, call);
      call.beforeEffect();
    }
    await host.finishVolume(owner.uid, volume.name);
    const vm = await host.vm(owner.uid);
    if (vm && vm.lifecycle !== 'deleting') continue;
    // It was deleted in between, and what was made since is left to us.
    if (!complete) await host.removeVolume(owner.uid, volume.name);
    throw vm
      ? beingDeleted(vm)
      : new HypervisorError('NoSuchVm', `the VM ${wanted.name} was removed while it was made`);
  }
  await host.pass('create.volumes', { id: owner.uid, name: wanted.name }, signal);
}

/** Takes as long as the knobs say that a disk takes to copy. */
async function copyBytes(
  host: MockHypervisor,
  { signal, progress }: { readonly signal: AbortSignal; readonly progress?: (percent: number) => void },
): Promise<void> {
  const { copyMs } = await host.knobs.read();
  const parts = 20;
  for (let part = 0; part < parts && copyMs > 0; part += 1) {
    progress?.((part * 100) / parts);
    await delay(copyMs / parts, undefined, { signal });
  }
}

async function volumesOf(host: MockHypervisor, wanted: WantedVm, vmId: string): Promise<VolumeRecord[]> {
  const rootSize = Math.max(wanted.root.sizeBytes, await imageSizeOf(host, wanted.source));
  const root = volumeOf(vmId, { ...wanted.root, sizeBytes: rootSize }, 'root');
  const source =
    wanted.source.kind === 'empty'
      ? undefined
      : wanted.source.kind === 'prepared'
        ? wanted.source.id
        : wanted.source.source;
  const seed: VolumeRecord[] = wanted.seed
    ? [
        {
          ...volumeOf(vmId, { name: '_seed', sizeBytes: 0, provisioning: '', storage: '', bus: 'scsi' }, 'seed'),
          seed: wanted.seed,
        },
      ]
    : [];
  return [
    source === undefined ? root : { ...root, source },
    ...wanted.disks.map((disk) => volumeOf(vmId, disk, 'data')),
    ...seed,
  ];
}

function recordOf(wanted: WantedVm, { owner, operationId }: CreateCall): VmRecord {
  return {
    id: owner.uid,
    name: wanted.name,
    stamp: { carrier: owner.uid, owner },
    lifecycle: 'creating',
    operation: { id: operationId, kind: 'Create', startedAt: Date.now() },
    power: 'off',
    configured: wanted.hardware,
    nics: [],
    tags: wanted.tags,
    extension: wanted.extension,
    placement: wanted.placement,
    hostname: wanted.hostname,
    bootMs: 0,
    handled: [],
  };
}

function requireClaim(vm: VmRecord, { operationId }: CreateCall): void {
  if (vm.lifecycle === 'deleting') throw beingDeleted(vm);
  if (vm.lifecycle === 'creating' && vm.operation?.id !== operationId) {
    throw new HypervisorError('WrongState', `another creation of ${vm.name} has taken over; look at it again`);
  }
}

/** A VM keeps its id when its owner lets it go, or loses it to another: its id is then not the former owner's to make a VM under. */
function requireOwn(vm: VmRecord, { uid }: OwnerStamp): void {
  if (isOwnedBy(vm, uid)) return;
  throw new HypervisorError(
    'NameTaken',
    `the VM ${vm.name} has the id ${vm.id}, under which a VM of ${uid} would be made, and does not belong to it: remove it, or adopt it`,
  );
}

function beingDeleted(vm: VmRecord): HypervisorError {
  return new HypervisorError('WrongState', `the VM ${vm.name} is being deleted; wait until it is gone`);
}
