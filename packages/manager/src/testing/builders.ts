import {
  API_VERSION,
  Finalizer,
  parseVirtualMachine,
  type VirtualMachine,
  type VirtualMachineStatus,
} from '@virtrigaud/api-types';
import {
  Capability,
  Connection,
  Lifecycle,
  PowerState,
  Task,
  TaskState,
  VirtualMachineState,
  type PartialMessage,
} from '@virtrigaud/grpc-contract/client';
import { buildSpec, forCreation } from '../virtual-machine/desired/build-spec.ts';
import { stableHash } from '../virtual-machine/desired/stable-hash.ts';
import type { Attempt, Observed, ProviderView, Remembered } from '../virtual-machine/observed.ts';
import { takeOverOf } from '../virtual-machine/take-over.ts';
import type { Failure } from '../transport/failure.ts';

export const uid = '11111111-2222-4333-8444-555555555555';
export const now = Date.parse('2026-01-02T03:04:05Z');

export interface VmParts {
  readonly spec?: object;
  readonly status?: VirtualMachineStatus;
  readonly metadata?: object;
}

/** A VirtualMachine `shop/web` of 2 CPUs and 2 GiB with our finalizer, with whatever differs. */
export function aVm({ spec = {}, status, metadata = {} }: VmParts = {}): VirtualMachine {
  const parsed = parseVirtualMachine({
    apiVersion: API_VERSION,
    kind: 'VirtualMachine',
    metadata: {
      name: 'web',
      namespace: 'shop',
      uid,
      generation: 1,
      resourceVersion: '7',
      finalizers: [Finalizer.VirtualMachine],
      ...metadata,
    },
    spec: { providerRef: { name: 'lab' }, imageRef: { name: 'debian' }, resources: { cpu: 2, memory: '2Gi' }, ...spec },
    ...(status ? { status } : {}),
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return parsed.value;
}

export const binding = {
  providerRef: { name: 'lab', namespace: 'shop' },
  providerUID: 'provider-uid',
  hypervisorID: 'hv-1',
  generation: 1,
};

/** The Provider `shop/lab`, usable, with whatever differs. */
export function aProvider(change: Partial<ProviderView> = {}): ProviderView {
  return {
    namespace: 'shop',
    name: 'lab',
    uid: 'provider-uid',
    hypervisorId: 'hv-1',
    acceptedHypervisorId: '',
    granted: true,
    deleting: false,
    unavailable: undefined,
    shrunk: undefined,
    capabilities: new Set([Capability.GRACEFUL_SHUTDOWN, Capability.SUSPEND, Capability.ADOPT]),
    fingerprint: 'v1/instance-1',
    ...change,
  };
}

export const unreachable = { reason: 'ProviderUnreachable', message: 'no answer', sinceMs: now - 1000 } as const;

/** The VM at the hypervisor: READY, On, as wanted, with whatever differs. */
export function aState(change: PartialMessage<VirtualMachineState> = {}): VirtualMachineState {
  return VirtualMachineState.fromPartial({
    id: 'vm-1',
    name: 'shop.web',
    owner: { uid, name: 'web', namespace: 'shop', kind: 'VirtualMachine', clusterId: 'c' },
    lifecycle: Lifecycle.READY,
    connection: Connection.CONNECTED,
    powerState: PowerState.ON,
    cpus: 2,
    memoryBytes: 2n * 2n ** 30n,
    revision: 'r1',
    ...change,
  } as never);
}

export function aTask(change: PartialMessage<Task> = {}): Task {
  return Task.fromPartial({
    id: 't1',
    kind: 'Create',
    state: TaskState.RUNNING,
    progressPercent: -1,
    ...change,
  } as never);
}

export function aFailure(change: Partial<Failure> = {}): Failure {
  return {
    call: 'Create',
    class: 'unknown-outcome',
    code: 14,
    reason: undefined,
    message: 'lost',
    fields: [],
    taskId: undefined,
    retryDelayMs: undefined,
    ...change,
  };
}

export function anAttempt(change: Partial<Attempt> = {}): Attempt {
  return {
    operationId: '',
    failure: aFailure(),
    attempts: 1,
    retryAtMs: 2_000,
    fingerprint: 'v1/instance-1',
    ...change,
  };
}

export const nothingRemembered: Remembered = {
  attempts: {},
  done: {},
  deleteDone: false,
  released: false,
  unseenSinceMs: undefined,
  createUntilMs: undefined,
  reconfiguring: undefined,
  reconfigured: undefined,
  refusedOnline: [],
  shutdownAskedMs: undefined,
  cancelledTask: undefined,
  settledTask: undefined,
  taskInTheWay: undefined,
  lookedFor: undefined,
  rebootedFor: undefined,
};

export interface ObservedParts extends VmParts {
  readonly change?: Partial<Observed>;
  readonly remembered?: Partial<Remembered>;
}

/** An observation of a VM that is bound, there, and as wanted, with whatever differs. */
export function anObservation({ change = {}, remembered = {}, ...parts }: ObservedParts = {}): Observed {
  const vm = aVm({ status: { binding, id: 'vm-1' }, ...parts });
  const named = change.named ?? aProvider();
  const spec = buildSpec({ vm, vmClass: undefined, nics: undefined, defaultDatastore: undefined });
  return {
    vm,
    invalid: undefined,
    named,
    bound: vm.status?.binding ? named : undefined,
    remote: { kind: 'Present', vm: aState() },
    candidate: undefined,
    task: { kind: 'None' },
    wanted: {
      spec,
      hash: stableHash({ spec, power: vm.spec.powerState }),
      creation: forCreation(spec, { boot: { source: undefined }, guestInit: undefined }),
      problem: undefined,
      notGranted: undefined,
    },
    takeOver: takeOverOf({ vm, provider: named, vmOfUid: () => undefined }),
    remembered: { ...nothingRemembered, ...remembered },
    rolloutOpen: true,
    namespaceTerminating: false,
    nowMs: now,
    monotonicMs: 1_000,
    ...change,
  };
}
