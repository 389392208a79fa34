import { z } from 'zod';
import {
  implementProvider,
  vmAbsent,
  type InventorySink,
  type MutationContext,
  type Task,
  type TaskContext,
  type VmState,
} from '../src/index.ts';

/** A hypervisor of which a test decides everything: what it holds, whether it answers, when its work is done. */
export class ScriptedHypervisor {
  readonly vms = new Map<string, VmState>();
  readonly sessions: { readonly password: string | undefined; closed: boolean; lose: (error: unknown) => void }[] = [];
  /** Set: connecting fails with it. */
  refusal: Error | undefined;
  /** Set: every question fails with it. */
  blindness: Error | undefined;
  /** Set: Create becomes a task of this body. */
  longCreate: ((task: TaskContext) => Promise<{ resultId: string }>) | undefined;
  /** A long Create does its first effect before its task begins. */
  claimsFirst = false;
  isCancellable = true;
  /** Set: Create answers it, as a task that the hypervisor itself runs. */
  foreignTask: Task | undefined;
  /** Set: a look-up answers what it saw only then. */
  answerGate: Promise<void> | undefined;
  /** Look-ups that were held back so far. */
  waiting = 0;
  /** Set: Power looks whether it may begin, and then waits for it before its effect. */
  powerGate: Promise<void> | undefined;
  /** How often Power has come to the gate. */
  atPowerGate = 0;
  creations = 0;
  readonly contexts: MutationContext[] = [];
  sink: InventorySink | undefined;

  readonly provider = implementProvider({
    type: 'scripted',
    version: '1.2.3',
    features: ['GracefulShutdown'],
    replicaMode: 'ActiveStandby',
    extraConfig: z.object({ 'scripted.tier': z.enum(['std', 'fast']).optional() }),
    credentials: z.object({ password: z.string().optional() }),
    connect: async ({ credentials, lost }) => {
      if (this.refusal) throw this.refusal;
      this.sessions.push({ password: credentials.password, closed: false, lose: lost });
      return { index: this.sessions.length - 1 };
    },
    disconnect: async ({ index }) => {
      const session = this.sessions[index];
      if (session) session.closed = true;
    },
    hypervisor: async () => {
      this.#look();
      return { id: 'scripted-1', version: '9' };
    },
    listVms: (_session) => this.#list(),
    findVms: async (_session, by) => {
      this.#look();
      const found = [...this.vms.values()].filter((vm) =>
        'id' in by ? vm.id === by.id : vm.owner?.uid === by.ownerUid,
      );
      if (this.answerGate) this.waiting += 1;
      await this.answerGate;
      return found;
    },
    watchVms: async (_session, sink, signal) => {
      this.sink = sink;
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => {
          resolve();
        });
      });
    },
    createVm: async (_session, { spec }, call) => {
      this.contexts.push(call);
      call.logger.info('creating', { name: spec.name });
      this.creations += 1;
      if (this.foreignTask) return { id: '', task: this.foreignTask };
      const { isCancellable: cancellable } = this;
      if (this.claimsFirst) call.checkBeforeEffect();
      if (this.longCreate) return { id: '', task: call.startTask({ cancellable }, this.longCreate) };
      const vm = aVm(call.owner.uid, { name: spec.name, owner: call.owner, tags: spec.tags });
      this.vms.set(vm.id, vm);
      return { id: vm.id };
    },
    findTask: async (_session, id) => (id === this.foreignTask?.id ? this.foreignTask : undefined),
    deleteVm: async (_session, { existing }) => {
      if (existing) this.vms.delete(existing.id);
      return undefined;
    },
    powerVm: async (_session, { vm, operation }, call) => {
      call.checkBeforeEffect();
      this.atPowerGate += 1;
      await this.powerGate;
      call.checkBeforeEffect();
      this.vms.set(vm.id, { ...vm, power: operation === 'On' ? 'On' : 'Off' });
      return undefined;
    },
    reconfigureVm: async (_session, { vm }) => {
      if (!this.vms.has(vm.id)) throw vmAbsent(vm.id);
      return undefined;
    },
  });

  #look(): void {
    if (this.blindness) throw this.blindness;
  }

  async *#list(): AsyncGenerator<VmState> {
    this.#look();
    yield* this.vms.values();
  }
}

/** A VM that is on. */
export function aVm(id: string, overrides: Partial<VmState> = {}): VmState {
  return { id, name: `vm-${id}`, power: 'On', cpus: 1, memoryBytes: 1024 ** 3, ...overrides };
}
