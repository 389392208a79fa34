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
import type { CallSpec, ProviderChannel, Reply, UnaryMethod } from '../transport/provider-channel.ts';
import { aState, aTask } from './builders.ts';

/** A failure to answer with: `before` or `after` the effect. */
export interface Fault {
  readonly method: UnaryMethod;
  readonly when: 'before' | 'after';
  /** Undefined: it is answered, by a later attempt than the first. */
  readonly error: ContractError | undefined;
  /** An attempt was not answered, and may yet begin. */
  readonly openUntilMs?: number;
  times: number;
}

/** A hypervisor and its provider in memory, with faults on demand; calls are recorded. */
export class ScriptedProvider implements ProviderChannel {
  readonly calls: string[] = [];
  readonly vms = new Map<string, VirtualMachineState>();
  readonly tasks = new Map<string, Task>();
  readonly faults: Fault[] = [];
  /** Machines that nobody owns any more. */
  readonly released: VirtualMachineState[] = [];
  /** Creates take a task until {@link finishTasks}. */
  slow = false;
  /** Reconfigures take a task until {@link finishTasks}. */
  slowChanges = false;
  /** Power operations take a task until {@link finishTasks}. */
  slowPower = false;
  #pending: () => void = () => undefined;
  /** Says "done" and changes nothing. */
  lies = false;
  #revision = 100;

  async call<M extends UnaryMethod>(spec: CallSpec<M>): Promise<Reply<never>> {
    this.calls.push(label(spec));
    const fault = this.faults.find(({ method, times }) => method === spec.method && times > 0);
    if (fault) fault.times -= 1;
    const open = fault?.openUntilMs === undefined ? {} : { openUntilMs: fault.openUntilMs };
    const failed = fault?.error && {
      ok: false as const,
      failure: failureOf(spec.method, spec.kind, fault.error),
      ...open,
    };
    if (failed && fault.when === 'before') return failed;
    const reply = this.#answer(spec.method, spec.request);
    return (failed ?? { ...reply, ...open }) as Reply<never>;
  }

  finishTasks(state: Task['state'] = TaskState.SUCCEEDED): void {
    for (const [id, task] of this.tasks) {
      if (task.state !== TaskState.RUNNING) continue;
      this.tasks.set(id, { ...task, state });
      const vm = this.vms.get(task.vmId);
      if ((task.kind === 'Reconfigure' || task.kind === 'Power') && state === TaskState.SUCCEEDED) this.#pending();
      if (vm && task.kind === 'Create' && state === TaskState.SUCCEEDED)
        this.change(task.vmId, { lifecycle: Lifecycle.READY, powerState: PowerState.ON, taskId: '' });
    }
  }

  change(uid: string, change: Partial<VirtualMachineState>): void {
    const vm = this.vms.get(uid);
    this.#revision += 1;
    if (vm) this.vms.set(uid, { ...vm, ...change, revision: `r${String(this.#revision)}` });
  }

  #answer(method: UnaryMethod, request: Readonly<Record<string, unknown>>): Reply<unknown> {
    const { owner } = (request['mutation'] ?? request) as { readonly owner?: { readonly uid: string } };
    const uid = owner?.uid ?? '';
    const vm = this.vms.get(uid);
    const done = { ok: true as const, value: { task: aTask({ kind: '', state: TaskState.SUCCEEDED }) } };
    switch (method) {
      case 'describe':
        return vm ? { ok: true, value: { vm } } : absent(method, 'read');
      case 'create':
        return this.#create(uid, request as unknown as CreateParts);
      case 'adopt':
        return this.#adopt(uid, request as unknown as AdoptParts);
      case 'delete':
        if (request['releaseOnly'] === true && vm) this.released.push(vm);
        if (!this.lies) this.vms.delete(uid);
        return done;
      case 'power': {
        const powerState = powerAfter(request['op'] as number) ?? vm?.powerState ?? PowerState.OFF;
        const change = () => this.change(uid, { powerState });
        if (this.slowPower) return this.#later(uid, 'Power', request as unknown as CreateParts, change);
        if (!this.lies) change();
        return vm ? done : absent(method, 'mutation');
      }
      case 'reconfigure': {
        const { compute } = request['desired'] as {
          readonly compute: { readonly cpus: number; readonly memoryBytes: bigint };
        };
        const change = () => this.change(uid, { cpus: compute.cpus, memoryBytes: compute.memoryBytes });
        if (this.slowChanges) return this.#later(uid, 'Reconfigure', request as unknown as CreateParts, change);
        if (!this.lies) change();
        return done;
      }
      case 'taskStatus': {
        const task = this.tasks.get(request['id'] as string);
        return task ? { ok: true, value: { task } } : absent(method, 'read');
      }
      default:
        return done;
    }
  }

  #adopt(uid: string, { mutation, id, expectedOwnerUid }: AdoptParts): Reply<unknown> {
    const owned = this.vms.get(uid);
    const vm = owned ?? this.vms.get(expectedOwnerUid);
    if (vm?.id !== id) return absent('adopt', 'mutation');
    this.vms.delete(expectedOwnerUid);
    this.vms.set(uid, { ...vm, owner: mutation.owner });
    this.change(uid, {});
    return { ok: true, value: { vm: this.vms.get(uid) } };
  }

  #later(
    uid: string,
    kind: 'Power' | 'Reconfigure',
    { mutation }: Pick<CreateParts, 'mutation'>,
    change: () => void,
  ): Reply<unknown> {
    this.#pending = change;
    const task = aTask({
      id: `task-of-${mutation.operationId}`,
      operationId: mutation.operationId,
      kind,
      vmId: uid,
    });
    this.tasks.set(task.id, task);
    return { ok: true, value: { task } };
  }

  #create(uid: string, { spec, initialPower, mutation }: CreateParts): Reply<unknown> {
    if (!this.vms.has(uid)) {
      const { cpus, memoryBytes } = spec.compute;
      const lifecycle = this.slow ? Lifecycle.CREATING : Lifecycle.READY;
      this.vms.set(
        uid,
        aState({
          id: `vm-of-${uid.slice(0, 4)}`,
          cpus,
          memoryBytes,
          lifecycle,
          powerState: this.slow ? PowerState.OFF : initialPower,
          taskId: this.slow ? 't1' : '',
        }),
      );
    }
    // A Create that is repeated finishes what was begun.
    else if (!this.slow && this.vms.get(uid)?.lifecycle === Lifecycle.CREATING)
      this.change(uid, { lifecycle: Lifecycle.READY, powerState: initialPower, taskId: '' });
    const task = aTask({
      id: 't1',
      operationId: mutation.operationId,
      kind: 'Create',
      vmId: uid,
      state: this.slow ? TaskState.RUNNING : TaskState.SUCCEEDED,
    });
    if (this.slow) this.tasks.set('t1', task);
    return { ok: true, value: { id: '', task } };
  }
}

interface AdoptParts {
  readonly mutation: { readonly owner: NonNullable<VirtualMachineState['owner']> };
  readonly id: string;
  readonly expectedOwnerUid: string;
}

interface CreateParts {
  readonly mutation: { readonly operationId: string };
  readonly spec: { readonly compute: { readonly cpus: number; readonly memoryBytes: bigint } };
  readonly initialPower: PowerState;
}

/** An error of the contract. */
export function contractError(code: Code, reason?: string): ContractError {
  return new ContractError({ code, reason, message: `${Code[code] ?? ''} ${reason ?? 'without a reason'}` });
}

function absent(method: string, kind: 'read' | 'mutation'): Reply<never> {
  return { ok: false, failure: failureOf(method, kind, contractError(Code.NOT_FOUND, Reason.VmAbsent)) };
}

function label<M extends UnaryMethod>({ method, request }: CallSpec<M>): string {
  const op = (request as { readonly op?: number }).op;
  const name = Object.entries(PowerOp).find(([, value]) => value === op)?.[0];
  const mask = (request as { readonly updateMask?: readonly string[] }).updateMask;
  return [method, name, mask?.join(',')].filter(Boolean).join(' ');
}

function powerAfter(op: number): PowerState | undefined {
  if (op === PowerOp.ON || op === PowerOp.RESUME) return PowerState.ON;
  return op === PowerOp.OFF ? PowerState.OFF : undefined;
}
