import type {
  Accepted,
  AdoptVm,
  CreateVm,
  DeleteVm,
  MutationContext,
  PowerOperation,
  PowerVm,
  ReconfigureVm,
  Task,
} from '@virtrigaud/provider-sdk';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import * as adoption from '../operations/adopt-vm.ts';
import * as operations from '../operations/create-vm.ts';
import type { CreateCall } from '../operations/create-vm.ts';
import * as deletion from '../operations/delete-vm.ts';
import { requireSource } from '../operations/image.ts';
import { withNicsOf } from '../operations/nics.ts';
import * as power from '../operations/power-vm.ts';
import type { PowerAction } from '../operations/power-vm.ts';
import * as reconfiguration from '../operations/reconfigure-vm.ts';
import { changesOf } from './changes-of.ts';
import { guardOf } from './guard-of.ts';
import { translated } from './provider-error-of.ts';
import { wantedOf } from './wanted-of.ts';

/** What Create answers. */
export interface Created {
  readonly id: string;
  readonly task?: Task | undefined;
}

/** Makes a VM; where its disk takes time to copy, the copy is a task. */
export async function createVm(host: MockHypervisor, request: CreateVm, call: MutationContext): Promise<Created> {
  const { spec, existing } = request;
  const id = existing?.id ?? call.owner.uid;
  if (existing?.lifecycle === 'Ready') return { id };
  const wanted = wantedOf(spec);
  const createCall: CreateCall = {
    ...guardOf(call),
    owner: call.owner,
    operationId: call.operationId,
    powerOn: request.initialPower === 'On',
  };
  return await translated(async () => {
    if (request.validateOnly) {
      await withNicsOf(host, id, wanted.nics);
      await requireSource(host, wanted.source);
      return { id };
    }
    const claimed = await operations.claimVm(host, wanted, createCall);
    if (claimed.lifecycle === 'ready') return { id };
    const { copyMs } = await host.knobs.read();
    if (copyMs > 0) return { id, task: copyTask(host, { wanted, createCall }, call) };
    await operations.finishVm(host, wanted, createCall);
    await host.pass('create.reply', { id, name: wanted.name }, call.signal);
    return { id };
  });
}

function copyTask(
  host: MockHypervisor,
  { wanted, createCall }: { readonly wanted: ReturnType<typeof wantedOf>; readonly createCall: CreateCall },
  call: MutationContext,
): Task {
  const stage = 'copying disk root';
  const vmId = call.owner.uid;
  return call.startTask({ vmId, stage, cancellable: true }, async (task) => {
    const progress = (percent: number) => task.progress({ percent, stage });
    const guard = { signal: task.signal, beforeEffect: () => task.checkBeforeEffect() };
    await translated(() => operations.finishVm(host, wanted, { ...createCall, ...guard, progress }));
    return { resultId: vmId };
  });
}

/** Removes what bears the owner's stamp, or only the stamp. */
export async function deleteVm(host: MockHypervisor, request: DeleteVm, call: MutationContext): Promise<Accepted> {
  const id = request.existing?.id ?? call.owner.uid;
  const deleteCall = { ...guardOf(call), id, ownerUid: call.owner.uid };
  return await translated(async () => {
    if (!request.releaseOnly) await deletion.deleteVm(host, deleteCall);
    else if (request.existing) await deletion.releaseVm(host, deleteCall);
    await host.pass('delete.reply', { id, name: request.existing?.name }, call.signal);
    return undefined;
  });
}

/** Puts the asking owner's stamp on a VM of the expected owner, or of nobody. */
export async function adoptVm(host: MockHypervisor, request: AdoptVm, call: MutationContext): Promise<void> {
  const { vm, expectedOwnerUid } = request;
  await translated(async () => {
    await adoption.adoptVm(host, { ...guardOf(call), id: vm.id, owner: call.owner, expectedOwnerUid });
    await host.pass('adopt.reply', { id: vm.id, name: vm.name }, call.signal);
  });
}

const actions = {
  On: 'on',
  Off: 'off',
  Reboot: 'reboot',
  Reset: 'reset',
  ShutdownGraceful: 'shutdown',
  Suspend: 'suspend',
  Resume: 'resume',
} satisfies Record<PowerOperation, PowerAction>;

/** Changes a VM's power. */
export async function powerVm(host: MockHypervisor, request: PowerVm, call: MutationContext): Promise<Accepted> {
  const { id, name } = request.vm;
  return await translated(async () => {
    const powerCall = { ...guardOf(call), id, ownerUid: call.owner.uid, operationId: call.operationId };
    await power.powerVm(host, actions[request.operation], powerCall);
    await host.pass('power.reply', { id, name }, call.signal);
    return undefined;
  });
}

/** Brings about what a Reconfigure names. */
export async function reconfigureVm(
  host: MockHypervisor,
  request: ReconfigureVm,
  call: MutationContext,
): Promise<Accepted> {
  const { id, name } = request.vm;
  const { validateOnly } = request;
  return await translated(async () => {
    const reconfigureCall = { ...guardOf(call), id, ownerUid: call.owner.uid, validateOnly };
    await reconfiguration.reconfigureVm(host, changesOf(request.changes), reconfigureCall);
    if (!validateOnly) await host.pass('reconfigure.reply', { id, name }, call.signal);
    return undefined;
  });
}
