import {
  Code,
  ContractError,
  Lifecycle,
  PowerOp,
  PowerState,
  Reason,
  TaskState,
  type Task,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { failureOf } from '../transport/failure.ts';
import {
  defaultCallTimeouts,
  type CallSpec,
  type ProviderChannel,
  type Reply,
  type UnaryMethod,
} from '../transport/provider-channel.ts';
import { aState, aTask } from './builders.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** What becomes of one call. */
export type Fate =
  | { readonly kind: 'Answered' }
  /** It takes no effect, and this is the answer; without a reason it is not one of the contract's. */
  | { readonly kind: 'Refused'; readonly code: Code; readonly reason?: string }
  /** It takes effect, and the answer is lost. */
  | { readonly kind: 'ReplyLost' }
  /** There is no answer, and it takes effect later, within the deadline of a mutation. */
  | { readonly kind: 'Late'; readonly afterMs: number }
  /** The manager is killed before, or after, the effect. */
  | { readonly kind: 'Killed'; readonly when: 'before' | 'after' };

/** How a {@link ModelHypervisor} takes its time. */
export interface Pace {
  /** How long a mutation's work goes on as a task; 0: it is over when it is answered. */
  readonly taskMs: number;
  /** Whether tasks tell of their end; else they have to be asked. */
  readonly tasksTell: boolean;
  /** How far the stream lags behind. */
  readonly lagMs: number;
  /** How long a guest takes to shut down when it is asked; undefined: it never does. */
  readonly shutdownMs: number | undefined;
}

/** Whom a {@link ModelHypervisor} tells what happens, in its order. */
export interface ModelListener {
  /** A call arrives; it may yet be refused, or its answer lost. */
  called(spec: CallSpec<UnaryMethod>): void;
  /** A call was answered with the truth. */
  answered(spec: CallSpec<UnaryMethod>, reply: Reply<unknown>): void;
  /** The stream shows a machine, or that it is gone. */
  streamed(uid: string, vm: VirtualMachineState | undefined): void;
  taskEnded(task: Task): void;
}

/** The manager was killed in the middle of a call. */
export class Killed extends Error {}

/**
 * A hypervisor with its provider, as the contract has it, under a virtual clock: it always tells the truth, and keeps claims by the
 * owner's uid; but calls of it fail, come late and lose their answers as their fates say, one each, until there are no more.
 */
export class ModelHypervisor implements ProviderChannel {
  /** Machines that are there, by the uid that they bear. */
  readonly vms = new Map<string, VirtualMachineState>();
  /** Machines that nobody owns any more. */
  readonly released: VirtualMachineState[] = [];
  readonly tasks = new Map<string, Task>();
  /** Methods that were called, in order. */
  readonly calls: string[] = [];
  /** How many machines were ever made. */
  made = 0;
  readonly #clock: VirtualClock;
  readonly #fates: Fate[];
  readonly #pace: Pace;
  readonly #listener: ModelListener;
  /** Grows with every leader: what an earlier one has sent is refused. */
  #term = 0;
  #count = 0;

  constructor(
    clock: VirtualClock,
    options: { readonly fates: readonly Fate[]; readonly pace: Pace; readonly listener: ModelListener },
  ) {
    this.#clock = clock;
    this.#fates = [...options.fates];
    this.#pace = options.pace;
    this.#listener = options.listener;
  }

  /** A new leader announces itself: nothing that an earlier one has sent takes effect from here on. */
  fence(): void {
    this.#term += 1;
  }

  /** A machine changes, whoever does it; undefined: it goes. The stream tells of it. */
  set(uid: string, change: Partial<VirtualMachineState> | undefined): void {
    const before = this.vms.get(uid);
    this.#count += 1;
    const now = change && aState({ ...before, ...change, revision: `r${String(this.#count)}` });
    if (now) this.vms.set(uid, now);
    else this.vms.delete(uid);
    this.#later(this.#pace.lagMs, () => this.#listener.streamed(uid, now));
  }

  async call<M extends UnaryMethod>(spec: CallSpec<M>): Promise<Reply<never>> {
    const each = spec as unknown as CallSpec<UnaryMethod>;
    this.calls.push(spec.method);
    this.#listener.called(each);
    const fate = this.#fates.shift() ?? { kind: 'Answered' };
    switch (fate.kind) {
      case 'Killed':
        if (fate.when === 'after') this.#answer(each);
        throw new Killed(spec.method);
      case 'Refused':
        return fate.reason === undefined ? this.#unanswered(each, fate.code) : failed(each, fate.code, fate.reason);
      case 'ReplyLost':
        this.#answer(each);
        return this.#unanswered(each, Code.UNAVAILABLE);
      case 'Late':
        if (spec.kind === 'mutation') this.#later(fate.afterMs, () => this.#answer(each));
        return this.#unanswered(each, Code.DEADLINE_EXCEEDED);
      case 'Answered': {
        const reply = this.#answer(each);
        this.#listener.answered(each, reply);
        return reply as Reply<never>;
      }
    }
  }

  /** A task ends, and what it was for has happened, or has not. */
  end(id: string, state: Task['state'], effect: () => void = () => undefined): void {
    const task = this.tasks.get(id);
    if (task?.state !== TaskState.RUNNING) return;
    const ended = { ...task, state };
    this.tasks.set(id, ended);
    if (this.vms.get(task.vmId)?.taskId === id) this.set(task.vmId, { taskId: '' });
    if (state === TaskState.SUCCEEDED) effect();
    if (this.#pace.tasksTell) this.#listener.taskEnded(ended);
  }

  /** Whoever has sent a mutation that nobody of the contract has answered knows until when it may yet begin. */
  #unanswered(spec: CallSpec<UnaryMethod>, code: Code): Reply<never> {
    const reply = failed(spec, code);
    const openUntilMs = this.#clock.monotonicMs() + defaultCallTimeouts.mutationMs;
    return spec.kind === 'mutation' ? { ...reply, openUntilMs } : reply;
  }

  #answer(spec: CallSpec<UnaryMethod>): Reply<unknown> {
    const request = spec.request as Request;
    const uid = (request.mutation ?? request).owner?.uid ?? '';
    const vm = this.vms.get(uid);
    switch (spec.method) {
      case 'describe':
        return vm ? { ok: true, value: { vm } } : absent(spec);
      case 'create':
        return this.#create(uid, request);
      case 'adopt':
        return this.#adopt(uid, spec);
      case 'delete':
        this.#endTasksOf(uid);
        return this.#work('Delete', request, () => this.#remove(uid, request.releaseOnly === true));
      case 'power':
        return vm ? this.#power(uid, request) : absent(spec);
      case 'reconfigure': {
        const { cpus = 0, memoryBytes = 0n } = request.desired?.compute ?? {};
        if (!vm) return absent(spec);
        if (request.expectedRevision && request.expectedRevision !== vm.revision)
          return failed(spec, Code.ABORTED, Reason.Changed);
        return this.#work('Reconfigure', request, () => this.#change(uid, { cpus, memoryBytes }));
      }
      case 'taskStatus': {
        const task = this.tasks.get(request.id ?? '');
        return task ? { ok: true, value: { task } } : failed(spec, Code.NOT_FOUND);
      }
      case 'cancelTask':
        this.#cancel(request.id ?? '');
        return { ok: true, value: { task: this.tasks.get(request.id ?? '') } };
      default:
        throw new Error(`the model knows no ${spec.method}`);
    }
  }

  /** Makes it, or goes on with one that is half-made: a claim by the owner's uid, so that there is never a second one. */
  #create(uid: string, request: Request): Reply<unknown> {
    const vm = this.vms.get(uid);
    const running = this.tasks.get(vm?.taskId ?? '');
    if (running?.state === TaskState.RUNNING) return { ok: true, value: { id: vm?.id, task: running } };
    const { cpus = 0, memoryBytes = 0n } = request.spec?.compute ?? {};
    const powerState = request.initialPower ?? PowerState.ON;
    if (!vm) {
      this.made += 1;
      const half = { lifecycle: Lifecycle.CREATING, powerState: PowerState.OFF, taskId: '', cpus, memoryBytes };
      this.set(uid, { id: `vm-${String(this.made)}`, ...half });
    } else if (vm.lifecycle !== Lifecycle.CREATING) return { ok: true, value: { id: vm.id, task: done() } };
    return this.#work('Create', request, () =>
      this.#change(uid, { lifecycle: Lifecycle.READY, powerState, taskId: '' }),
    );
  }

  #adopt(uid: string, spec: CallSpec<UnaryMethod>): Reply<unknown> {
    const { mutation, id, expectedOwnerUid = '' } = spec.request as Request;
    const vm = this.vms.get(uid) ?? this.vms.get(expectedOwnerUid);
    if (vm?.id !== id) return absent(spec);
    this.set(expectedOwnerUid, undefined);
    this.set(uid, { ...vm, owner: mutation?.owner } as Partial<VirtualMachineState>);
    return { ok: true, value: { vm: this.vms.get(uid) } };
  }

  #power(uid: string, request: Request): Reply<unknown> {
    const { shutdownMs } = this.#pace;
    switch (request.op) {
      case PowerOp.SHUTDOWN_GRACEFUL:
        if (shutdownMs !== undefined)
          this.#clock.schedule(shutdownMs, () => this.#change(uid, { powerState: PowerState.OFF }));
        return { ok: true, value: { task: done() } };
      case PowerOp.REBOOT:
        return { ok: true, value: { task: done() } };
      default: {
        const powerState = request.op === PowerOp.OFF ? PowerState.OFF : PowerState.ON;
        return this.#work('Power', request, () => this.#change(uid, { powerState }));
      }
    }
  }

  #change(uid: string, change: Partial<VirtualMachineState>): void {
    if (this.vms.has(uid)) this.set(uid, change);
  }

  #remove(uid: string, releaseOnly: boolean): void {
    const vm = this.vms.get(uid);
    if (vm && releaseOnly) this.released.push(vm);
    if (vm) this.set(uid, undefined);
  }

  /** At once, or as a task: the same one where the same operation runs already. */
  #work(kind: string, request: Request, effect: () => void): Reply<unknown> {
    const { operationId = '', owner } = request.mutation ?? {};
    const uid = owner?.uid ?? '';
    const same = [...this.tasks.values()].find(
      (task) => task.state === TaskState.RUNNING && task.operationId === operationId,
    );
    if (same) return { ok: true, value: { task: same } };
    if (this.#pace.taskMs === 0) {
      effect();
      return { ok: true, value: { task: done() } };
    }
    this.#count += 1;
    const task = aTask({ id: `t${String(this.#count)}`, kind, operationId, vmId: uid, cancellable: kind === 'Create' });
    this.tasks.set(task.id, task);
    this.#change(uid, { taskId: task.id });
    this.#clock.schedule(this.#pace.taskMs, () => this.end(task.id, TaskState.SUCCEEDED, effect));
    return { ok: true, value: { task } };
  }

  /** What was begun is taken away with it. */
  #cancel(id: string): void {
    const task = this.tasks.get(id);
    if (task?.state !== TaskState.RUNNING || !task.cancellable) return;
    this.#remove(task.vmId, false);
    this.end(id, TaskState.CANCELLED);
  }

  #endTasksOf(uid: string): void {
    for (const task of this.tasks.values())
      if (task.vmId === uid && task.kind !== 'Delete') this.end(task.id, TaskState.CANCELLED);
  }

  #later(ms: number, effect: () => void): void {
    const term = this.#term;
    this.#clock.schedule(ms, () => {
      if (term === this.#term) effect();
    });
  }
}

interface Request {
  readonly mutation?: { readonly operationId: string; readonly owner?: { readonly uid: string } };
  readonly owner?: { readonly uid: string };
  readonly id?: string;
  readonly expectedOwnerUid?: string;
  readonly expectedRevision?: string;
  readonly releaseOnly?: boolean;
  readonly op?: PowerOp;
  readonly initialPower?: PowerState;
  readonly spec?: { readonly compute?: Hardware };
  readonly desired?: { readonly compute?: Hardware };
}

interface Hardware {
  readonly cpus: number;
  readonly memoryBytes: bigint;
}

const done = (): Task => aTask({ kind: '', state: TaskState.SUCCEEDED });

function absent(spec: CallSpec<UnaryMethod>): Reply<never> {
  return failed(spec, Code.NOT_FOUND, Reason.VmAbsent);
}

function failed(spec: CallSpec<UnaryMethod>, code: Code, reason?: string): Reply<never> {
  const message = `${Code[code] ?? ''} ${reason ?? 'without a reason'}`;
  return { ok: false, failure: failureOf(spec.method, spec.kind, new ContractError({ code, reason, message })) };
}
