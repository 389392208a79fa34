import type { z } from 'zod';
import type { Feature } from '../domain/capability.ts';
import type { VmState } from '../domain/vm-state.ts';
import { implementProvider, type Provider } from '../implement-provider.ts';
import type {
  Accepted,
  AdoptVm,
  CreateVm,
  DeleteVm,
  MutationContext,
  PowerVm,
  ReconfigureVm,
} from '../implementation.ts';
import { requireExpectedOwner } from '../expected-owner.ts';
import { capabilityMissing, restartRequired, vmAbsent } from '../provider-error.ts';
import { HandledOperations } from '../work/handled-operations.ts';
import type { NewSize, ProviderDefinition, VmMethods } from './definition.ts';
import { isSo } from './is-so.ts';
import { orTask } from './long-work.ts';
import { findById, findByOwner, findOwn, listVms, readVm, vmOfId } from './read-vms.ts';

/**
 * Makes a provider of a few methods on a hypervisor: list, find, the effects, and how to see what changed. Everything else that the
 * contract asks for is done by the SDK.
 */
export function defineProvider<S, V, C extends z.ZodType | undefined = undefined>(
  definition: ProviderDefinition<S, V, C>,
): Provider {
  const { vms } = definition;
  const handled = new HandledOperations();
  return implementProvider<S, C>({
    type: definition.type,
    version: definition.version,
    replicaMode: definition.replicaMode ?? 'ActiveStandby',
    credentials: definition.credentials,
    extraConfig: definition.extraConfig,
    features: featuresOf(definition),
    connect: (context) => definition.connect(context),
    ...(definition.disconnect ? { disconnect: async (session) => definition.disconnect?.(session) } : {}),
    hypervisor: (session) => definition.hypervisor(session),
    listVms: (session, call) => listVms(vms, session, call),
    findVms: (session, by) =>
      'ownerUid' in by ? findByOwner(vms, session, by.ownerUid) : findById(vms, session, by.id),
    watchVms: (session, sink, signal) => definition.inventory(session, sink, signal),
    createVm: (session, request, call) => createVm(definition, session, { request, call }),
    deleteVm: (session, request, call) => deleteVm(vms, session, { request, call }),
    powerVm: (session, request, call) => powerVm(vms, session, { request, call, handled }),
    reconfigureVm: (session, request, call) => reconfigureVm(definition, session, { request, call }),
    ...(adopts(vms) ? { adoptVm: (session, request, call) => adoptVm(vms, session, { request, call }) } : {}),
  });
}

interface Asked<R> {
  readonly request: R;
  readonly call: MutationContext;
}

function featuresOf<S, V, C extends z.ZodType | undefined>(
  definition: ProviderDefinition<S, V, C>,
): readonly Feature[] {
  const { power } = definition.vms;
  return [
    ...(definition.features ?? []),
    ...('shutdown' in power ? (['GracefulShutdown'] as const) : []),
    ...('suspend' in power && 'resume' in power ? (['Suspend'] as const) : []),
  ];
}

async function createVm<S, V, C extends z.ZodType | undefined>(
  { vms, heeds = [] }: ProviderDefinition<S, V, C>,
  session: S,
  { request, call }: Asked<CreateVm>,
) {
  const { existing, initialPower, spec } = request;
  if (existing) {
    if (initialPower === 'On' && existing.power === 'Off' && existing.lifecycle === 'Creating') {
      const vm = await findOwn(vms, session, { uid: call.owner.uid, id: existing.id });
      if (vm !== undefined) {
        call.checkBeforeEffect();
        await vms.power.on(session, vm, call);
      }
    }
    return { id: existing.id };
  }
  if (spec.disks.length > 0 && !heeds.includes('Disks')) throw capabilityMissing('make data disks (spec.disks)');
  if (spec.nics?.length && !heeds.includes('Nics')) throw capabilityMissing('make NICs (spec.nics)');
  if (request.validateOnly) return { id: '' };
  call.checkBeforeEffect();
  const work = async (effect: MutationContext): Promise<string> => {
    const vm = await vms.create(session, spec, effect);
    const state = readVm(vms, vm);
    if (initialPower === 'On' && state.power === 'Off') {
      // It has begun, whether or not its author's code ever said so.
      effect.signal.throwIfAborted();
      effect.checkTerm();
      await vms.power.on(session, vm, effect);
    }
    return state.id;
  };
  const made = await orTask(call, { vmId: undefined, resultId: (id) => id }, work);
  return 'task' in made ? { id: '', task: made.task } : { id: made.value };
}

async function deleteVm<S, V>(vms: VmMethods<S, V>, session: S, { request, call }: Asked<DeleteVm>): Promise<Accepted> {
  const { existing, releaseOnly } = request;
  if (!existing) return undefined;
  const vm = await findOwn(vms, session, { uid: call.owner.uid, id: existing.id });
  if (vm === undefined) return undefined;
  if (!releaseOnly) return effectOn(existing, call, (effect) => vms.delete(session, vm, effect));
  if (!('release' in vms)) throw capabilityMissing('release a VM without deleting it');
  return effectOn(existing, call, async (effect) => vms.release?.(session, vm, effect));
}

/** Whoever adopts must be able to let go again: that is what deleting an adopted object does. */
function adopts<S, V>(vms: VmMethods<S, V>): boolean {
  if (!vms.adopt) return false;
  if (!vms.release) throw new TypeError('vms.adopt needs vms.release: what is adopted is released in the end');
  return true;
}

async function adoptVm<S, V>(vms: VmMethods<S, V>, session: S, { request, call }: Asked<AdoptVm>): Promise<void> {
  const { vm: found, expectedOwnerUid } = request;
  const vm = await vmOfId(vms, session, found.id);
  if (vm === undefined) throw vmAbsent(`VM ${found.id} ("${found.name}")`);
  requireExpectedOwner(readVm(vms, vm), expectedOwnerUid);
  call.checkBeforeEffect();
  await vms.adopt?.(session, vm, call);
}

/** The state that each operation brings about; Reboot and Reset bring none about, and are done once for each operation id. */
const reached = { On: 'On', Resume: 'On', Off: 'Off', ShutdownGraceful: 'Off', Suspend: 'Suspended' } as const;

async function powerVm<S, V>(
  vms: VmMethods<S, V>,
  session: S,
  { request, call, handled }: Asked<PowerVm> & { readonly handled: HandledOperations },
): Promise<Accepted> {
  const { vm: state, operation } = request;
  const isEdge = operation === 'Reboot' || operation === 'Reset';
  if (!isEdge && state.power === reached[operation]) return undefined;
  const method = methodOf(request);
  if (!vms.power[method]) throw capabilityMissing(`power operation ${operation}`);
  const vm = await findOwn(vms, session, { uid: call.owner.uid, id: state.id });
  if (vm === undefined) return undefined;
  return effectOn(state, call, async (effect) => {
    const act = async () => vms.power[method]?.(session, vm, effect);
    await (isEdge ? handled.once(`${call.owner.uid}/${call.operationId}`, act) : act());
  });
}

function methodOf({ vm, operation }: PowerVm): keyof VmMethods<unknown, unknown>['power'] {
  switch (operation) {
    case 'On':
      return vm.power === 'Suspended' ? 'resume' : 'on';
    case 'Off':
      return 'off';
    case 'ShutdownGraceful':
      return 'shutdown';
    case 'Reboot':
    case 'Reset':
      return 'reboot';
    case 'Suspend':
      return 'suspend';
    case 'Resume':
      return 'resume';
  }
}

async function reconfigureVm<S, V, C extends z.ZodType | undefined>(
  { vms, features = [] }: ProviderDefinition<S, V, C>,
  session: S,
  { request, call }: Asked<ReconfigureVm>,
): Promise<Accepted> {
  const { vm: state } = request;
  const changes = request.changes.filter((change) => !isSo(state, change));
  const lacking = changes.filter(({ kind }) => !(kind === 'Tags' ? 'retag' in vms : isSize(kind) && 'resize' in vms));
  if (lacking.length > 0) throw capabilityMissing(`change ${lacking.map(({ kind }) => kind).join(', ')}`);
  const offline = changes.flatMap(({ kind }) => {
    if (kind === 'Cpus' && !features.includes('ReconfigureOnlineCPU')) return ['compute.cpus'];
    return kind === 'Memory' && !features.includes('ReconfigureOnlineMemory') ? ['compute.memory_bytes'] : [];
  });
  if (offline.length > 0 && state.power !== 'Off') throw restartRequired(offline);
  if (request.validateOnly || changes.length === 0) return undefined;
  const vm = await findOwn(vms, session, { uid: call.owner.uid, id: state.id });
  if (vm === undefined) return undefined;
  return effectOn(state, call, async (effect) => {
    const to = sizeOf(changes);
    if (to) await vms.resize?.(session, vm, to, effect);
    for (const change of changes) if (change.kind === 'Tags') await vms.retag?.(session, vm, change.tags, effect);
  });
}

const isSize = (kind: string): boolean => kind === 'Cpus' || kind === 'Memory';

function sizeOf(changes: ReconfigureVm['changes']): NewSize | undefined {
  const cpus = changes.find((change) => change.kind === 'Cpus')?.cpus;
  const memoryBytes = changes.find((change) => change.kind === 'Memory')?.memoryBytes;
  return cpus === undefined && memoryBytes === undefined ? undefined : { cpus, memoryBytes };
}

async function effectOn(
  state: VmState,
  call: MutationContext,
  effect: (call: MutationContext) => Promise<unknown>,
): Promise<Accepted> {
  call.checkBeforeEffect();
  const done = await orTask(call, { vmId: state.id, resultId: () => state.id }, effect);
  return 'task' in done ? { task: done.task } : undefined;
}
