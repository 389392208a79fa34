import { Annotation, type Condition, type VirtualMachineStatus } from '@virtrigaud/api-types';
import { PowerOp, PowerState, type Task, type VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import { withTimes, type ProjectedCondition } from '../conditions.ts';
import { sortDifferences } from './actionable-differences.ts';
import { afterCrashRestart } from './crash-restarts.ts';
import { facet, type Facet } from './facet.ts';
import { configurationFacet, isReady, powerFacet } from './facets-convergence.ts';
import { provisionedFacet } from './facets-provisioned.ts';
import { isInvalidSpec } from './failure-reasons.ts';
import { compact, observedStatus } from './observed-status.ts';
import type { Observed } from './observed.ts';
import { gracefulTimeoutMs } from './plan-convergence.ts';
import type { Step } from './step.ts';
import { isPowerCycleDue, mustBeOff } from './wanted-power.ts';

/** Projects what was observed, and what follows from it, to the whole status. Pure: the same input gives the same status. */
export function projectStatus(seen: Observed, step: Step): VirtualMachineStatus {
  const before = seen.vm.status ?? {};
  const vm = visible(seen);
  const facets = facetsOf(seen, step, vm);
  const conditions = conditionsOf(seen, step, facets);
  const said = vm ? observedStatus(vm) : seen.remote.kind === 'Unknown' ? carriedOver(before) : {};
  const generation = seen.vm.metadata.generation;
  return compact({
    ...said,
    observedGeneration: generation,
    handledReconcileNow: handledReconcileNow(seen),
    conditions: withTimes(conditions, before.conditions, { nowMs: seen.nowMs, generation }),
    phase: phaseOf(seen, conditions, vm),
    binding: before.binding,
    id: isReady(vm) && vm.id !== '' ? vm.id : before.id,
    task: taskOf(seen, before.task),
    applied: appliedOf({ seen, step, vm }, conditions),
    handledRestart: seen.remembered.rebootedFor ?? before.handledRestart,
    shutdownDeadline: shutdownDeadlineOf(seen, step, vm),
    crashRestarts:
      step.kind === 'Power' && step.why === 'Crashed'
        ? afterCrashRestart(before.crashRestarts, seen.nowMs)
        : before.crashRestarts,
  });
}

/** The VM as it was seen last; undefined where it is absent, or was never seen by this process. */
function visible({ remote }: Observed): VirtualMachineState | undefined {
  switch (remote.kind) {
    case 'Present':
      return remote.vm;
    case 'Unknown':
      return remote.last;
    case 'Absent':
      return undefined;
  }
}

function carriedOver(before: VirtualMachineStatus): Partial<VirtualMachineStatus> {
  const { powerState, resources, ips, hostname, guestOS, guestAgent, host, bootedAt, disks, nics, restartRequired } =
    before;
  return { powerState, resources, ips, hostname, guestOS, guestAgent, host, bootedAt, disks, nics, restartRequired };
}

function facetsOf(seen: Observed, step: Step, vm: VirtualMachineState | undefined): readonly (Facet | undefined)[] {
  const known = isReady(vm) && seen.vm.metadata.deletionTimestamp === undefined;
  return [
    providerFacet(seen, step),
    provisionedFacet(seen, step) ?? kept(seen, 'Provisioned'),
    known ? powerFacet(seen, vm, step) : unknownNow(seen) ? kept(seen, 'PowerStateReached') : undefined,
    known ? configurationFacet(seen, vm) : unknownNow(seen) ? kept(seen, 'ConfigurationApplied') : undefined,
  ];
}

const unknownNow = (seen: Observed) => seen.bound !== undefined && seen.remote.kind === 'Unknown';

/** What was said before stays while nothing new is known. */
function kept<C extends 'Provisioned' | 'PowerStateReached' | 'ConfigurationApplied'>(
  seen: Observed,
  type: C,
): Facet<C> | undefined {
  const before = seen.vm.status?.conditions?.find((condition) => condition.type === type);
  return before && facet(type, before.reason as Parameters<typeof facet<C>>[1], before.message);
}

function providerFacet(seen: Observed, step: Step): Facet<'ProviderAvailable'> {
  const site = seen.bound ?? seen.named;
  const name = `Provider ${site.namespace}/${site.name}`;
  if (site.unavailable)
    return facet('ProviderAvailable', site.unavailable.reason, `${name}: ${site.unavailable.message}`);
  if (step.kind === 'WaitForProvider' && site.shrunk !== undefined)
    return facet('ProviderAvailable', 'InventoryShrunk', `${name}: ${site.shrunk}`);
  if (step.kind === 'ProviderMismatch') {
    const named = `${seen.named.namespace}/${seen.named.name}`;
    return facet(
      'ProviderAvailable',
      'ProviderMismatch',
      seen.vm.metadata.deletionTimestamp === undefined
        ? `Provider ${named} is another hypervisor, or does not know this machine; move providerRef back`
        : `${name} leads to another hypervisor than the one that this machine was made on, and it is not found there, which proves nothing; bring that one back, or let go with ${Annotation.ForceDelete}`,
    );
  }
  if (!seen.named.granted)
    return facet(
      'ProviderAvailable',
      'ConsumerNotAllowed',
      `Provider ${seen.named.namespace}/${seen.named.name} is not open to this namespace`,
    );
  if (!seen.bound && site.deleting) return facet('ProviderAvailable', 'ProviderNotReady', `${name} is being deleted`);
  return facet('ProviderAvailable', 'Available', `${name} is available`);
}

function conditionsOf(seen: Observed, step: Step, facets: readonly (Facet | undefined)[]): ProjectedCondition[] {
  const own = facets.filter((each) => each !== undefined);
  const ready = readyFacet(seen, step, own);
  const conditions: ProjectedCondition[] = [...own, ready].map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message,
  }));
  if (seen.vm.metadata.annotations?.[Annotation.Paused] === 'true') {
    conditions.push({
      type: 'Paused',
      status: 'True',
      reason: 'PausedByAnnotation',
      message: `remove the annotation ${Annotation.Paused} to go on`,
    });
  }
  if (ready.status !== 'True') {
    const type = ready.stalled ? 'Stalled' : 'Reconciling';
    conditions.push({ type, status: 'True', reason: ready.reason, message: ready.message });
  }
  return conditions;
}

type Held = Omit<Facet, 'type'> & { readonly type: 'Ready' };

function readyFacet(seen: Observed, step: Step, facets: readonly Facet[]): Held {
  const invalid = invalidWords(seen, step);
  if (invalid !== undefined) return { ...facet('Ready', 'InvalidSpec', invalid) };
  if (seen.vm.metadata.deletionTimestamp !== undefined) {
    const first =
      facets.find(({ reason }) => reason === 'NamespaceTerminating') ??
      facets.find(({ type, reason }) =>
        type === 'ProviderAvailable'
          ? reason !== 'Available'
          : reason === 'DeleteFailed' || reason === 'PermissionDenied',
      );
    return first ? { ...first, type: 'Ready', status: 'False' } : { ...facet('Ready', 'Deleting', 'being deleted') };
  }
  const held = facets.find(({ status, byChoice }) => status !== 'True' && !byChoice);
  if (held) return { ...held, type: 'Ready', status: 'False' };
  return { ...facet('Ready', 'Settled', 'is as wanted') };
}

/** Which field is refused, by the schema or by the provider; undefined where none is. */
function invalidWords(seen: Observed, step: Step): string | undefined {
  if (seen.invalid !== undefined) return seen.invalid;
  if (seen.wanted.problem?.reason === 'InvalidSpec') return seen.wanted.problem.message;
  const { Create, Reconfigure, Adopt } = seen.remembered.attempts;
  const refused = step.kind === 'Stalled' ? (Create ?? Adopt) : Reconfigure;
  const failure = refused?.failure;
  if (!failure || !isInvalidSpec(failure)) return undefined;
  return [`${failure.call}: ${failure.message}`, ...failure.fields].join('; ');
}

function handledReconcileNow(seen: Observed): string | undefined {
  const asked = seen.vm.metadata.annotations?.[Annotation.ReconcileNow];
  const before = seen.vm.status?.handledReconcileNow;
  if (asked === undefined || asked === before) return before;
  return seen.remembered.lookedFor === asked || !seen.bound ? asked.slice(0, 253) : before;
}

function phaseOf(
  seen: Observed,
  conditions: readonly ProjectedCondition[],
  vm: VirtualMachineState | undefined,
): VirtualMachineStatus['phase'] {
  if (seen.vm.metadata.deletionTimestamp !== undefined) return 'Deleting';
  if (vm?.powerState === PowerState.CRASHED || conditions.some(({ type }) => type === 'Stalled')) return 'Failed';
  if (!seen.bound) return 'Pending';
  if (!isReady(vm))
    return seen.remote.kind === 'Unknown' && seen.vm.status?.id !== undefined ? seen.vm.status.phase : 'Provisioning';
  if (conditions.some(({ type, reason }) => type === 'ConfigurationApplied' && reason === 'Reconfiguring'))
    return 'Reconfiguring';
  return vm.powerState === PowerState.ON ? 'Running' : 'Stopped';
}

function taskOf(seen: Observed, before: VirtualMachineStatus['task']): VirtualMachineStatus['task'] {
  switch (seen.task.kind) {
    case 'Running':
      return taskStatus(seen.task.task);
    case 'Unheard':
      return before;
    case 'None':
    case 'Ended':
      return undefined;
  }
}

/** A task in the status: progress in tens, so that it seldom changes. */
export function taskStatus(task: Task): NonNullable<VirtualMachineStatus['task']> {
  return compact({
    id: task.id.slice(0, 1024),
    operationID: task.operationId.slice(0, 1024),
    kind: task.kind.slice(0, 63),
    stage: task.stage === '' ? undefined : task.stage.slice(0, 255),
    progressPercent: task.progressPercent < 0 ? undefined : Math.floor(Math.min(100, task.progressPercent) / 10) * 10,
    startedAt: task.startedAt?.toISOString(),
  });
}

function appliedOf(
  { seen, step, vm }: { readonly seen: Observed; readonly step: Step; readonly vm: VirtualMachineState | undefined },
  conditions: readonly ProjectedCondition[],
): VirtualMachineStatus['applied'] {
  const { hash } = seen.wanted;
  const isReached =
    step.kind === 'Settled' &&
    seen.remembered.refusedOnline.length === 0 &&
    !(vm && sortDifferences(seen, vm).heldBack.length > 0) &&
    conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  return isReached && hash !== undefined
    ? { generation: seen.vm.metadata.generation ?? 0, hash }
    : seen.vm.status?.applied;
}

/** Once set, it stands until the VM is off or nobody wants that any more: a silence or a failed call gives the guest no more time. */
function shutdownDeadlineOf(seen: Observed, step: Step, vm: VirtualMachineState | undefined): string | undefined {
  const before = seen.vm.status?.shutdownDeadline;
  const isAsked = step.kind === 'WaitForShutdown' || (step.kind === 'Power' && step.op === PowerOp.SHUTDOWN_GRACEFUL);
  if (isAsked) return before ?? new Date(seen.nowMs + gracefulTimeoutMs(seen)).toISOString();
  if (before === undefined || step.kind === 'Settled' || seen.vm.metadata.deletionTimestamp !== undefined)
    return undefined;
  if (vm ? vm.powerState !== PowerState.ON : seen.remote.kind === 'Absent') return undefined;
  const isWanted =
    seen.vm.spec.powerState === 'OffGraceful' || vm === undefined || (!mustBeOff(seen) && isPowerCycleDue(seen, vm));
  return isWanted ? before : undefined;
}

/** A condition of a status, by its type. */
export function conditionOf(
  status: { readonly conditions?: readonly Condition[] | undefined } | undefined,
  type: string,
): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}
