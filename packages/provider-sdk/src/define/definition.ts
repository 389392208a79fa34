import type { z } from 'zod';
import type { Feature } from '../domain/capability.ts';
import type { Owner, Stamp } from '../domain/owner.ts';
import type { VmSpec } from '../domain/vm-spec.ts';
import type { VmState } from '../domain/vm-state.ts';
import type { ConnectContext, CredentialsOf, HypervisorInfo, MutationContext } from '../implementation.ts';
import type { InventorySource } from './inventory-sources.ts';

/** What is asked of each effect beside its own arguments. */
export type EffectCall = MutationContext;

/** The size that a VM is to have; what is undefined stays. */
export interface NewSize {
  readonly cpus: number | undefined;
  readonly memoryBytes: number | undefined;
}

/**
 * A provider, as its author sees it. `S` is a session with the hypervisor, `V` a VM in the hypervisor's own terms.
 *
 * A method that is there is a capability. What takes long may simply take long: a call that is not over within a second becomes a task.
 */
export interface ProviderDefinition<S, V, C extends z.ZodType | undefined = undefined> {
  readonly type: string;
  readonly version: string;
  /** `ActiveStandby` unless told: the tasks that long promises become live in one process. */
  readonly replicaMode?: 'ActiveStandby' | 'ActiveActive' | undefined;
  readonly credentials?: C | undefined;
  readonly extraConfig?: z.ZodObject | undefined;
  /** What no method shows. */
  readonly features?: readonly Exclude<Feature, 'GracefulShutdown' | 'Suspend'>[] | undefined;
  /**
   * What `create` makes of a spec beside name, size, tags and image. A VM that is to have more is refused, not made with less. An empty
   * list of NICs asks for none at all: `create` without `Nics` is called for it, too, and must then give the VM no NIC.
   */
  readonly heeds?: readonly ('Disks' | 'Nics')[] | undefined;
  connect(context: ConnectContext & { readonly credentials: CredentialsOf<C> }): Promise<S>;
  disconnect?(session: S): Promise<void>;
  hypervisor(session: S): Promise<HypervisorInfo>;
  readonly vms: VmMethods<S, V>;
  readonly inventory: InventorySource<S>;
}

export interface VmMethods<S, V> {
  /** Every VM there is, ours or not. */
  list(session: S): AsyncIterable<V> | Iterable<V> | Promise<Iterable<V>>;
  /**
   * The VM, or VMs, with this owner's stamp. Undefined or none: the hypervisor was asked, and there is none; throwing says that it
   * could not be asked. There is no other way to say either.
   */
  find(session: S, owner: Owner): Promise<V | readonly V[] | undefined>;
  /**
   * The VM of that id, whoever's it is. Undefined: the hypervisor was asked, and there is none. Without it everything is listed for each
   * VM that has changed, which a hypervisor with thousands feels.
   */
  get?(session: S, id: string): Promise<V | undefined>;
  /** A VM in the contract's terms. Pure. Throwing means that this one VM cannot be read: it is left out, and the log says why. */
  toState(vm: V): VmState;
  /** Makes the VM, stamped in the same step. The hypervisor's own idempotency key, if it has one, is `call.operationId`. */
  create(session: S, spec: VmSpec, call: EffectCall): Promise<V>;
  delete(session: S, vm: V, call: EffectCall): Promise<unknown>;
  /** Takes our stamp off and touches nothing else; without it, VMs cannot be retained. */
  release?(session: S, vm: V, call: EffectCall): Promise<unknown>;
  /**
   * Puts `stamp(call.owner, id)` on a VM in place of the stamp it bears, if any, in one step, and touches nothing else. Needs
   * `release`: an adopted VM is released, not deleted, unless somebody says otherwise.
   */
  adopt?(session: S, vm: V, call: EffectCall): Promise<unknown>;
  readonly power: {
    on(session: S, vm: V, call: EffectCall): Promise<unknown>;
    off(session: S, vm: V, call: EffectCall): Promise<unknown>;
    /** Asks the guest; succeeds when it was asked. */
    shutdown?(session: S, vm: V, call: EffectCall): Promise<unknown>;
    /**
     * Also for Reset. Called once for each operation id while this process lives, even when its outcome is unknown: store
     * `call.operationId` at the hypervisor, with the effect, where that has to hold beyond a restart.
     */
    reboot?(session: S, vm: V, call: EffectCall): Promise<unknown>;
    suspend?(session: S, vm: V, call: EffectCall): Promise<unknown>;
    resume?(session: S, vm: V, call: EffectCall): Promise<unknown>;
  };
  /** While the VM is off, unless `features` say that it need not be. */
  resize?(session: S, vm: V, to: NewSize, call: EffectCall): Promise<unknown>;
  retag?(session: S, vm: V, tags: Readonly<Record<string, string>>, call: EffectCall): Promise<unknown>;
}

const KEY = {
  cluster: 'virtrigaud-cluster',
  owner: 'virtrigaud-owner',
  uid: 'virtrigaud-uid',
  carrier: 'virtrigaud-carrier',
};

/**
 * The owner as tags of the hypervisor, to be set in the same step that makes the VM.
 *
 * @param carrier - the VM's id, where it is known beforehand: a copy of the VM then owns nothing.
 */
export function stamp(owner: Owner, carrier?: string): Readonly<Record<string, string>> {
  return {
    [KEY.cluster]: owner.clusterId,
    [KEY.owner]: `${owner.namespace}/${owner.name}`,
    [KEY.uid]: owner.uid,
    ...(carrier === undefined ? {} : { [KEY.carrier]: carrier }),
  };
}

/** Reads the owner back from a VM's tags; undefined when it is not one of ours. */
export function stampOf(tags: Readonly<Record<string, string>>): Stamp | undefined {
  const uid = tags[KEY.uid];
  const [namespace, name] = (tags[KEY.owner] ?? '').split('/');
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  return {
    owner: { clusterId: tags[KEY.cluster] ?? '', namespace, name, uid, kind: 'VirtualMachine' },
    carrier: tags[KEY.carrier],
  };
}

/** A VM's tags without our own. */
export function withoutStamp(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const own = new Set(Object.values(KEY));
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !own.has(key)));
}
