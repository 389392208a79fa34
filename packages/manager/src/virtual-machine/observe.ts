import {
  parseVirtualMachine,
  parseVirtualMachineAgain,
  type Provider,
  type VirtualMachine,
} from '@virtrigaud/api-types';
import { Lifecycle, TaskState, type Task } from '@virtrigaud/grpc-contract/client';
import type { Clock, ObjectKey } from '@virtrigaud/kube-runtime';
import type { Consumer } from '../grants.ts';
import type { SecretAnswer } from '../kube/secret-reader.ts';
import type { Remote } from '../inventory/remote.ts';
import { guestSecretNames, type SecretData } from './desired/guest-init.ts';
import type { KnownVm, ParsedVm, VmMemory } from './memory.ts';
import type { Observed, ProviderView, RunningTask } from './observed.ts';
import type { ProviderSite, RawVirtualMachine } from './ports.ts';
import { placeOf, resolveWanted, type References } from './resolve-wanted.ts';
import { isSameHypervisor } from './same-hypervisor.ts';
import { takeOverOf } from './take-over.ts';

/** A Provider to refer to. */
export interface ProviderName {
  readonly namespace: string;
  readonly name: string;
}

/** What an observation reads; all of it is in memory but Secrets. */
export interface ObserveDeps {
  readonly vm: (key: ObjectKey) => RawVirtualMachine | undefined;
  readonly provider: (name: ProviderName) => Provider | undefined;
  readonly view: (name: ProviderName, consumer: Consumer) => ProviderView;
  /** Whether too many of a Provider's machines are missing to believe it, in words. Costs a look at all of them. */
  readonly shrunk: (name: ProviderName) => string | undefined;
  readonly site: (name: ProviderName) => ProviderSite | undefined;
  readonly references: References;
  readonly namespaceLabels: (namespace: string) => Readonly<Record<string, string>>;
  /** Reads one Secret by name; undefined: there is none. */
  readonly secret: (namespace: string, name: string, signal: AbortSignal) => Promise<SecretAnswer>;
  /** `namespace/name` of the VirtualMachine that has this uid; undefined: there is none. */
  readonly vmOfUid: (uid: string) => string | undefined;
  readonly isTerminating: (namespace: string) => boolean;
  readonly memory: VmMemory;
  readonly rolloutOpen: (vm: VirtualMachine, provider: ProviderName) => boolean;
  readonly clock: Clock;
}

/** A task that was not heard of for this long is asked about, in milliseconds: the net under WatchTasks. */
export const taskSilenceMs = 60_000;

const unbound: Remote = { kind: 'Unknown', why: 'NotListed', last: undefined };

/** Gathers everything that a decision about a VM may depend on; undefined: there is no such object. */
export async function observe(key: ObjectKey, deps: ObserveDeps, signal: AbortSignal): Promise<Observed | undefined> {
  const raw = deps.vm(key);
  if (!raw) return undefined;
  const { vm, invalid } = deps.memory.parsed(raw, parse);
  const namespace = vm.metadata.namespace ?? '';
  const uid = vm.metadata.uid ?? '';
  const consumer: Consumer = { namespace, labels: deps.namespaceLabels(namespace) };
  const namedAt = placeOf(vm.spec.providerRef, vm);
  const named = deps.view(namedAt, consumer);
  const seenAt = boundView(vm, named, (name) => deps.view(name, consumer));
  const site = seenAt && deps.site(seenAt);
  const remote = seenAt ? (site?.inventory.remote(uid) ?? unbound) : unbound;
  // Only what is not there raises the question how much else is not.
  const bound = seenAt && remote.kind !== 'Present' ? { ...seenAt, shrunk: deps.shrunk(seenAt) } : seenAt;
  const isElsewhere = bound !== undefined && (bound.namespace !== named.namespace || bound.name !== named.name);
  const monotonicMs = deps.clock.monotonicMs();
  // One that is made again has an id already, and may be half-made.
  const isThere = remote.kind === 'Present' && remote.vm.lifecycle === Lifecycle.READY;
  const needsCreation = vm.status?.id === undefined || (remote.kind !== 'Unknown' && !isThere);
  const seen: Omit<Observed, 'remembered'> = {
    vm,
    invalid,
    named,
    bound,
    remote,
    candidate: isElsewhere ? deps.site(named)?.inventory.remote(uid) : remote,
    task: taskOf({ vm, remote, site, memory: deps.memory, monotonicMs }),
    wanted: resolveWanted({
      vm,
      provider: deps.provider(bound ?? namedAt),
      capabilities: (bound ?? named).capabilities,
      references: deps.references,
      consumer,
      secrets: needsCreation && invalid === undefined ? await readSecrets(vm, deps, signal) : undefined,
    }),
    takeOver: takeOverOf({ vm, provider: bound ?? named, vmOfUid: deps.vmOfUid }),
    rolloutOpen: deps.rolloutOpen(vm, bound ?? named),
    namespaceTerminating: deps.isTerminating((bound ?? named).namespace),
    nowMs: deps.clock.epochMs(),
    monotonicMs,
  };
  return { ...seen, remembered: deps.memory.tidy({ ...seen, remembered: deps.memory.get(uid) }) };
}

function parse(raw: RawVirtualMachine, known?: KnownVm): ParsedVm {
  const earlier = known?.parsed.invalid === undefined ? known : undefined;
  const parsed = earlier
    ? parseVirtualMachineAgain(raw, { raw: earlier.raw, value: earlier.parsed.vm })
    : parseVirtualMachine(raw);
  if (parsed.ok) return { vm: parsed.value, invalid: undefined };
  const invalid = parsed.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  // Only an API server that does not check would let this through. What is read of it is read with care.
  const spec = (raw.spec ?? {}) as Partial<VirtualMachine['spec']>;
  const lenient = {
    ...defaults,
    ...spec,
    providerRef: spec.providerRef ?? { name: '' },
    imageRef: spec.imageRef ?? { name: '' },
  };
  return { vm: { ...raw, spec: lenient } as unknown as VirtualMachine, invalid };
}

const defaults = {
  powerState: 'On',
  lifecycle: { gracefulShutdownTimeout: '60s' },
  updatePolicy: 'Online',
  driftPolicy: 'Correct',
  vanishedPolicy: 'Report',
} as const;

/** The Provider that the binding names; not usable where it has become another hypervisor. */
function boundView(
  vm: VirtualMachine,
  named: ProviderView,
  view: (name: ProviderName) => ProviderView,
): ProviderView | undefined {
  const binding = vm.status?.binding;
  if (!binding) return undefined;
  const { providerRef } = binding;
  const bound =
    providerRef.name === named.name && providerRef.namespace === named.namespace ? named : view(providerRef);
  if (bound.unavailable || isSameHypervisor(binding, bound)) return bound;
  const message = `is another hypervisor (${bound.hypervisorId}) than the one that this machine was made on (${binding.hypervisorID ?? 'unknown'}); undo that, or accept it on the Provider`;
  return { ...bound, unavailable: { reason: 'HypervisorChanged', message, sinceMs: 0 } };
}

interface TaskInput {
  readonly vm: VirtualMachine;
  readonly remote: Remote;
  readonly site: ProviderSite | undefined;
  readonly memory: VmMemory;
  readonly monotonicMs: number;
}

function taskOf({ vm, remote, site, memory, monotonicMs }: TaskInput): RunningTask {
  const { settledTask, taskInTheWay } = memory.get(vm.metadata.uid ?? '');
  const reported = remote.kind === 'Present' && remote.vm.taskId !== '' ? remote.vm.taskId : undefined;
  const id = [taskInTheWay, vm.status?.task?.id, reported].find((each) => each !== undefined && each !== settledTask);
  if (id === undefined || !site) return { kind: 'None' };
  const known = site.tasks.get(id);
  if (!known) return { kind: 'Unheard', id };
  if (!isRunning(known.task)) return { kind: 'Ended', task: known.task };
  return monotonicMs - known.heardMs < taskSilenceMs ? { kind: 'Running', task: known.task } : { kind: 'Unheard', id };
}

async function readSecrets(vm: VirtualMachine, deps: ObserveDeps, signal: AbortSignal): Promise<SecretData> {
  const names = guestSecretNames(vm);
  const secrets = await Promise.all(
    names.map(async (name) => [name, await deps.secret(vm.metadata.namespace ?? '', name, signal)] as const),
  );
  return Object.fromEntries(secrets);
}

function isRunning(task: Task): boolean {
  return task.state === TaskState.RUNNING;
}
