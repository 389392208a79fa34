import type { z } from 'zod';
import type { Feature } from '../domain/capability.ts';
import type { VmState } from '../domain/vm-state.ts';
import { implementProvider, type Provider } from '../implement-provider.ts';
import type { Accepted, CreateVm, DeleteVm, MutationContext, PowerVm, ReconfigureVm } from '../implementation.ts';
import { capabilityMissing, restartRequired } from '../provider-error.ts';
import type { NewSize, ProviderDefinition, VmMethods } from './definition.ts';
import { orTask } from './long-work.ts';

/**
 * Makes a provider of a few methods on a hypervisor: list, find, the effects, and how to see what changed. Everything else that the
 * contract asks for is done by the SDK.
 */
export function defineProvider<S, V, C extends z.ZodType | undefined = undefined>(
  definition: ProviderDefinition<S, V, C>,
): Provider {
  const { vms } = definition;
  return implementProvider<S, C>({
    type: definition.type,
    version: definition.version,
    replicaMode: definition.replicaMode,
    credentials: definition.credentials,
    extraConfig: definition.extraConfig,
    features: featuresOf(definition),
    connect: (context) => definition.connect(context),
    ...(definition.disconnect ? { disconnect: async (session) => definition.disconnect?.(session) } : {}),
    hypervisor: (session) => definition.hypervisor(session),
    listVms: async function* (session) {
      for await (const vm of await vms.list(session)) yield vms.toState(vm);
    },
    findVms: async (session, by) => {
      if ('ownerUid' in by) return (await findAll(vms, session, by.ownerUid)).map((vm) => vms.toState(vm));
      for await (const vm of await vms.list(session)) {
        const state = vms.toState(vm);
        if (state.id === by.id) return [state];
      }
      return [];
    },
    watchVms: (session, sink, signal) => definition.inventory(session, sink, signal),
    createVm: (session, request, call) => createVm(vms, session, { request, call }),
    deleteVm: (session, request, call) => deleteVm(vms, session, { request, call }),
    powerVm: (session, request, call) => powerVm(vms, session, { request, call }),
    reconfigureVm: (session, request, call) => reconfigureVm(definition, session, { request, call }),
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
    ...(power.shutdown ? (['GracefulShutdown'] as const) : []),
    ...(power.suspend && power.resume ? (['Suspend'] as const) : []),
  ];
}

async function findAll<S, V>(vms: VmMethods<S, V>, session: S, uid: string): Promise<readonly V[]> {
  const owner = { clusterId: '', namespace: '', name: '', uid, kind: 'VirtualMachine' } as const;
  const found = await vms.find(session, owner);
  if (found === undefined) return [];
  return Array.isArray(found) ? (found as readonly V[]) : [found as V];
}

/** The author's VM of the call's owner; it was there a moment ago. */
async function own<S, V>(vms: VmMethods<S, V>, session: S, call: MutationContext): Promise<V | undefined> {
  return (await findAll(vms, session, call.owner.uid))[0];
}

async function createVm<S, V>(vms: VmMethods<S, V>, session: S, { request, call }: Asked<CreateVm>) {
  if (request.existing) {
    if (
      request.initialPower === 'On' &&
      request.existing.power === 'Off' &&
      request.existing.lifecycle === 'Creating'
    ) {
      const vm = await own(vms, session, call);
      if (vm !== undefined) await vms.power.on(session, vm, call);
    }
    return { id: request.existing.id };
  }
  if (request.validateOnly) return { id: '' };
  call.checkBeforeEffect();
  const made = await orTask(call, undefined, async (effect) => {
    const vm = await vms.create(session, request.spec, effect);
    const state = vms.toState(vm);
    if (request.initialPower === 'On' && state.power === 'Off') await vms.power.on(session, vm, effect);
    return state.id;
  });
  return 'task' in made ? { id: '', task: made.task } : { id: made.value };
}

async function deleteVm<S, V>(vms: VmMethods<S, V>, session: S, { request, call }: Asked<DeleteVm>): Promise<Accepted> {
  if (!request.existing) return undefined;
  const vm = await own(vms, session, call);
  if (vm === undefined) return undefined;
  const { release } = vms;
  if (request.releaseOnly && !release) throw capabilityMissing('release a VM without deleting it');
  return effectOn(request.existing, call, (effect) =>
    request.releaseOnly && release ? release(session, vm, effect) : vms.delete(session, vm, effect),
  );
}

async function powerVm<S, V>(vms: VmMethods<S, V>, session: S, { request, call }: Asked<PowerVm>): Promise<Accepted> {
  const { power } = vms;
  const { vm: state, operation } = request;
  const reached = { On: 'On', Resume: 'On', Off: 'Off', ShutdownGraceful: 'Off', Suspend: 'Suspended' } as const;
  if (operation in reached && state.power === reached[operation as keyof typeof reached]) return undefined;
  const effects = {
    On: state.power === 'Suspended' ? power.resume : power.on,
    Off: power.off,
    ShutdownGraceful: power.shutdown,
    Reboot: power.reboot,
    Reset: power.reboot,
    Suspend: power.suspend,
    Resume: power.resume,
  } as const;
  const act = effects[operation];
  if (!act) throw capabilityMissing(`power operation ${operation}`);
  const vm = await own(vms, session, call);
  if (vm === undefined) return undefined;
  return effectOn(state, call, (effect) => act.call(power, session, vm, effect));
}

async function reconfigureVm<S, V, C extends z.ZodType | undefined>(
  { vms, features = [] }: ProviderDefinition<S, V, C>,
  session: S,
  { request, call }: Asked<ReconfigureVm>,
): Promise<Accepted> {
  const { vm: state, changes } = request;
  const lacking = changes.filter(({ kind }) => !(kind === 'Tags' ? vms.retag : isSize(kind) && vms.resize));
  if (lacking.length > 0) throw capabilityMissing(`change ${lacking.map(({ kind }) => kind).join(', ')}`);
  const offline = changes.flatMap(({ kind }) => {
    if (kind === 'Cpus' && !features.includes('ReconfigureOnlineCPU')) return ['compute.cpus'];
    return kind === 'Memory' && !features.includes('ReconfigureOnlineMemory') ? ['compute.memory_bytes'] : [];
  });
  if (offline.length > 0 && state.power !== 'Off') throw restartRequired(offline);
  if (request.validateOnly) return undefined;
  const vm = await own(vms, session, call);
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
  const done = await orTask(call, state.id, effect);
  return 'task' in done ? { task: done.task } : undefined;
}
