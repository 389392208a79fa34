import { CreateFlag, DefineFlag, ErrorCode, isLibvirtCode, type DomainRef } from '@virtrigaud/libvirt-client';
import {
  capabilityMissing,
  invalidField,
  nameTaken,
  type CreateVm,
  type MutationContext,
  type Task,
} from '@virtrigaud/provider-sdk';
import { asProvider } from '../failure.ts';
import type { DomainStamp, NamedVolume } from '../identity/stamp.ts';
import { lookupDomain, readStamp } from '../inventory/find-domains.ts';
import { domainXmlOf } from '../machine/domain-xml-of.ts';
import { requireFirmware } from '../machine/firmware.ts';
import { planMachine, type MachinePlan } from '../machine/machine-plan.ts';
import { networkConfigOf } from '../seed/network-config.ts';
import { cloudInitSeed } from '../seed/cloud-init-seed.ts';
import type { Host } from '../session/host.ts';
import { clearLeftovers, includesVolume } from '../storage/clear-leftovers.ts';
import { clearDetached, requireNamed } from '../storage/complete-volume.ts';
import { requirePool, type Pool } from '../storage/pool.ts';
import { buildVolumes, checkSizes, type VolumeWork } from './build-volumes.ts';
import { requireImage, type UsableImage } from './images.ts';
import { switchOn } from './power.ts';
import { requireNetworks } from './require-networks.ts';
import { writeStamp } from './write-stamp.ts';

/** Defining checks the machine, and some hosts probe QEMU again for that. */
const DEFINE_TIMEOUT_MS = 120_000;

interface Prepared {
  readonly plan: MachinePlan;
  readonly pool: Pool;
  readonly image: UsableImage | undefined;
  readonly seed: Uint8Array;
}

/**
 * Makes a VM: the domain is defined first, under the owner's uid and with its stamp, which claims it; then its volumes; then the mark of
 * the unfinished operation goes, and the VM is started. Killed anywhere, the same call again goes on where it was.
 */
export async function createVm(
  host: Host,
  request: CreateVm,
  call: MutationContext,
): Promise<{ readonly id: string; readonly task?: Task | undefined }> {
  return asProvider(`VM ${request.spec.name}`, async () => {
    const { existing, validateOnly } = request;
    if (existing && existing.lifecycle !== 'Creating') return { id: existing.id };
    const prepared = await prepare(host, request, call);
    const begun = await checkFree(host, prepared);
    if (validateOnly) return { id: existing?.id ?? '' };
    // A half-made one is claimed again: what is wanted may have changed since.
    const domain = await claim(host, { ...prepared, begun }, call);
    const work = (steps: Pick<VolumeWork, 'checkBeforeEffect' | 'stage'>) =>
      asProvider(`VM ${request.spec.name}`, () =>
        finish(host, { ...prepared, ...steps, domain, operationId: call.operationId, request }),
      );
    if (!isLong(prepared.plan)) {
      await work({ checkBeforeEffect: () => call.checkBeforeEffect(), stage: () => undefined });
      return { id: domain.uuid };
    }
    const task = call.startTask({ vmId: domain.uuid, stage: 'copying disk root' }, async (running) => {
      await work({
        checkBeforeEffect: () => running.checkBeforeEffect(),
        stage: (stage) => running.progress({ stage }),
      });
      return { resultId: domain.uuid };
    });
    return { id: domain.uuid, task };
  });
}

/** Whether a volume takes as long as its bytes. */
function isLong({ settings, root, disks }: MachinePlan): boolean {
  return settings.rootDisk === 'copy' || [root, ...disks].some(({ allocation }) => allocation === 'full');
}

async function prepare(host: Host, { spec }: CreateVm, { owner }: MutationContext): Promise<Prepared> {
  const plan = planMachine(spec, owner, host.virtType);
  const pool = await requirePool(host.libvirt, plan.pool);
  await requireNetworks(host, plan);
  await requireFirmware(host.libvirt, plan);
  const { boot, guestInit } = spec;
  if (boot?.kind === 'ExistingDisk') throw capabilityMissing('boot from an existing disk (spec.boot.existing_disk)');
  const image = boot && (await requireImage(host, boot.preparedId, pool));
  checkSizes(plan, image);
  const cloudInit = guestInit?.kind === 'CloudInit' ? guestInit : undefined;
  const networkConfig = cloudInit?.networkConfig.length ? cloudInit.networkConfig : networkConfigOf(plan.nics);
  const seed = cloudInitSeed({
    owner,
    guestInit: {
      kind: 'CloudInit',
      userData: cloudInit?.userData ?? new Uint8Array(),
      metaData: cloudInit?.metaData ?? new Uint8Array(),
      networkConfig,
    },
  });
  return { plan, pool, image, seed };
}

/**
 * Name and UUID are nobody else's, and no volume is there that may hold somebody's data. What comes between this look and the definition,
 * libvirt itself refuses. Answers the volumes that an attempt before this has named.
 */
async function checkFree({ libvirt }: Host, { plan, pool }: Prepared): Promise<readonly NamedVolume[]> {
  const { name, owner } = plan;
  const sameUuid = await lookupDomain(libvirt, owner.uid);
  const stamp = sameUuid && (await readStamp(libvirt, sameUuid));
  // Also one that was finished meanwhile is not defined anew.
  if (sameUuid && (stamp?.owner.uid !== owner.uid || !stamp.pending)) throw nameTaken(sameUuid.name);
  try {
    const sameName = await libvirt.domainLookupByName(name);
    if (sameName.uuid !== owner.uid.toLowerCase()) throw nameTaken(name);
  } catch (error) {
    if (!isLibvirtCode(error, ErrorCode.noDomain)) throw error;
  }
  const named = [...(stamp?.pending?.volumes ?? []), ...(stamp?.making ?? [])];
  for (const volume of volumesOf(plan)) await requireNamed(libvirt, { pool: pool.ref, name: volume, named });
  return named;
}

const volumesOf = ({ root, disks, seedVolume }: MachinePlan): readonly string[] => [
  ...[root, ...disks].map(({ volume }) => volume),
  seedVolume,
];

async function claim(
  host: Host,
  { plan, pool, begun }: Prepared & { readonly begun: readonly NamedVolume[] },
  call: MutationContext,
): Promise<DomainRef> {
  const volumes = volumesOf(plan).map((name) => ({ pool: pool.ref.name, name }));
  const stamp: DomainStamp = {
    owner: plan.owner,
    carrier: plan.owner.uid.toLowerCase(),
    pending: {
      id: call.operationId,
      rpc: 'Create',
      stage: 'volumes',
      volumes,
    },
    once: [],
    making: begun.filter((each) => !includesVolume(volumes, each)),
    tags: plan.tags,
    aliases: plan.hashedAliases,
  };
  call.checkBeforeEffect();
  try {
    return await host.libvirt.domainDefineXml(domainXmlOf(plan, stamp, pool.path), {
      flags: DefineFlag.validate,
      timeoutMs: DEFINE_TIMEOUT_MS,
    });
  } catch (error) {
    if (isLibvirtCode(error, ErrorCode.operationFailed) && /already exists/.test(error.message))
      throw nameTaken(plan.name);
    throw error;
  }
}

interface Finish extends Prepared, Pick<VolumeWork, 'checkBeforeEffect' | 'stage' | 'operationId'> {
  readonly domain: DomainRef;
  readonly request: CreateVm;
}

async function finish(host: Host, work: Finish): Promise<void> {
  const { domain, plan, pool, request, checkBeforeEffect } = work;
  const detached = await buildVolumes(host, work);
  const stamp = await readStamp(host.libvirt, domain);
  if (stamp?.owner.uid !== plan.owner.uid) {
    throw invalidField('mutation.owner', `the claim on ${domain.uuid} is gone: it was removed while its VM was made`);
  }
  const unseen = await clearLeftovers(host.libvirt, stamp.making, checkBeforeEffect);
  const back = detached.map((name) => ({ pool: pool.ref.name, name }));
  checkBeforeEffect();
  await writeStamp(host.libvirt, domain, { ...stamp, pending: undefined, making: [...unseen, ...back] });
  // Until now, what is wanted could change, and a disk be given up again.
  for (const name of detached) await clearDetached(host.libvirt, { pool: pool.ref, name, checkBeforeEffect });
  if (back.length > 0) {
    checkBeforeEffect();
    await writeStamp(host.libvirt, domain, { ...stamp, pending: undefined, making: unseen });
  }
  if (request.initialPower === 'Off') return;
  checkBeforeEffect();
  // Variables of an earlier VM of that uid are not this one's.
  await switchOn(host, domain, plan.firmware === 'Uefi' ? CreateFlag.resetNvram : 0);
}
