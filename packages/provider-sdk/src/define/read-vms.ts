import { UnreadableVm } from '../inventory/unreadable-vm.ts';
import type { ListContext } from '../implementation.ts';
import type { VmState } from '../domain/vm-state.ts';
import type { VmMethods } from './definition.ts';

/** The state of one VM. Throws UnreadableVm where the author's `toState` does. */
export function readVm<S, V>(vms: VmMethods<S, V>, vm: V): VmState {
  try {
    return vms.toState(vm);
  } catch (error) {
    throw new UnreadableVm(error);
  }
}

/** Every VM that can be read; of the others the context is told. */
export async function* listVms<S, V>(vms: VmMethods<S, V>, session: S, call: ListContext): AsyncGenerator<VmState> {
  for await (const vm of await vms.list(session)) {
    try {
      yield readVm(vms, vm);
    } catch (error) {
      if (!(error instanceof UnreadableVm)) throw error;
      call.unreadable(error);
    }
  }
}

/** All that bear the uid's stamp. Throws UnreadableVm when one of them cannot be read: it may be the one that is meant. */
export async function findByOwner<S, V>(vms: VmMethods<S, V>, session: S, uid: string): Promise<readonly VmState[]> {
  return (await findAll(vms, session, uid)).map((vm) => readVm(vms, vm));
}

/** The VM of that id. Throws UnreadableVm when one that cannot be read may be it. */
export async function findById<S, V>(vms: VmMethods<S, V>, session: S, id: string): Promise<readonly VmState[]> {
  const vm = await vmOfId(vms, session, id);
  return vm === undefined ? [] : [readVm(vms, vm)];
}

/** The author's VM of that id, whoever's it is. Throws UnreadableVm when one that cannot be read may be it. */
export async function vmOfId<S, V>(vms: VmMethods<S, V>, session: S, id: string): Promise<V | undefined> {
  if (vms.get) return vms.get(session, id);
  let unreadable: UnreadableVm | undefined;
  for await (const vm of await vms.list(session)) {
    try {
      if (readVm(vms, vm).id === id) return vm;
    } catch (error) {
      if (!(error instanceof UnreadableVm)) throw error;
      unreadable ??= error;
    }
  }
  if (unreadable) throw unreadable;
  return undefined;
}

/**
 * The author's VM of that id; it was there a moment ago. By id, since `find` may answer copies of it, too, and the checks were made for
 * this one.
 */
export async function findOwn<S, V>(
  vms: VmMethods<S, V>,
  session: S,
  { uid, id }: { readonly uid: string; readonly id: string },
): Promise<V | undefined> {
  return (await findAll(vms, session, uid)).find((vm) => readVm(vms, vm).id === id);
}

async function findAll<S, V>(vms: VmMethods<S, V>, session: S, uid: string): Promise<readonly V[]> {
  const owner = { clusterId: '', namespace: '', name: '', uid, kind: 'VirtualMachine' } as const;
  const found = await vms.find(session, owner);
  if (found === undefined) return [];
  return Array.isArray(found) ? (found as readonly V[]) : [found as V];
}
