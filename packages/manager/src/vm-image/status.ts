import { Annotation, reasonTraits, type ReasonOf, type VMImageStatus } from '@virtrigaud/api-types';
import { Code, Reason } from '@virtrigaud/grpc-contract/client';
import { withTimes, type ProjectedCondition } from '../conditions.ts';
import type { Failure } from '../transport/failure.ts';
import { compact } from '../virtual-machine/observed-status.ts';
import type { ObservedCopy, ObservedImage } from './observed.ts';
import { isLookDue, planCopy, type CopyStep } from './plan.ts';

type ReadyReason = ReasonOf<'VMImage', 'Ready'>;
type CopyStatus = NonNullable<VMImageStatus['providers']>[number];

/** Projects what was observed of an image to its status. Pure. */
export function projectImageStatus(seen: ObservedImage): VMImageStatus {
  const { metadata, status: before } = seen.image;
  const steps = seen.copies.map((copy) => ({ copy, step: planCopy(seen, copy) }));
  const providers = steps.map(({ copy, step }) => copyStatus(copy, step, before)).slice(0, 256);
  const availableOn = providers
    .filter(({ phase }) => phase === 'Ready')
    .map(({ namespace, name }) => `${namespace}/${name}`);
  const ready =
    seen.invalid === undefined ? readyOf(steps, before) : { reason: 'InvalidSpec' as const, message: seen.invalid };
  const { status, stalled } = reasonTraits('VMImage', 'Ready', ready.reason);
  const conditions: ProjectedCondition[] = [{ type: 'Ready', status, ...ready }];
  if (status !== 'True') conditions.push({ type: stalled ? 'Stalled' : 'Reconciling', status: 'True', ...ready });
  if (metadata.annotations?.[Annotation.Paused] === 'true') {
    conditions.push({
      type: 'Paused',
      status: 'True',
      reason: 'PausedByAnnotation',
      message: `remove the annotation ${Annotation.Paused} to go on`,
    });
  }
  return compact({
    observedGeneration: metadata.generation,
    handledReconcileNow: handledReconcileNow(seen),
    conditions: withTimes(conditions, before?.conditions, { nowMs: seen.nowMs, generation: metadata.generation }),
    availableOn: availableOn.length > 0 ? availableOn : undefined,
    providers: providers.length > 0 ? providers : undefined,
  });
}

function copyStatus(copy: ObservedCopy, step: CopyStep, before: VMImageStatus | undefined): CopyStatus {
  const { namespace, name } = copy;
  const known = before?.providers?.find((each) => each.namespace === namespace && each.name === name);
  const failure = copy.remembered.failure?.failure;
  switch (step.kind) {
    case 'Ready':
      return compact({
        namespace,
        name,
        phase: 'Ready' as const,
        preparedID: step.preparedId === '' ? undefined : step.preparedId,
      });
    case 'Unsupported':
      return { namespace, name, phase: 'Failed', message: `SourceNotSupported: no source for ${copy.type}` };
    case 'Missing':
      return {
        namespace,
        name,
        phase: 'Pending',
        message: 'SourceNotFound: the prepared copy is not there, and prepare.onMissing does not say Import',
      };
    case 'WaitForProvider':
      return known ?? { namespace, name, phase: 'Pending', message: 'waits for the Provider' };
    case 'BackOff':
      return {
        namespace,
        name,
        phase: 'Failed',
        message: `${failure ? reasonOf(failure) : 'PrepareFailed'}: ${failure?.message ?? ''}`.slice(0, 4096),
      };
    case 'Paused':
      return known ?? { namespace, name, phase: 'Pending' };
    case 'AwaitTask':
    case 'CheckTask':
    case 'SettleTask':
    case 'Describe':
    case 'Prepare': {
      const task = copy.task.kind === 'Running' ? copy.task.task : undefined;
      const percent =
        task && task.progressPercent >= 0 ? Math.floor(Math.min(100, task.progressPercent) / 10) * 10 : undefined;
      return compact({ namespace, name, phase: 'Preparing' as const, task: task?.id, progressPercent: percent });
    }
  }
}

interface CopyPlan {
  readonly copy: ObservedCopy;
  readonly step: CopyStep;
}

function readyOf(
  all: readonly CopyPlan[],
  before: VMImageStatus | undefined,
): { readonly reason: ReadyReason; readonly message: string } {
  // Where nobody can be asked, what was known of a copy that was there stands.
  const stands = ({ copy, step }: CopyPlan) =>
    step.kind === 'WaitForProvider' &&
    before?.providers?.some(
      ({ namespace, name, phase }) => phase === 'Ready' && namespace === copy.namespace && name === copy.name,
    );
  const steps = all.filter((each) => !stands(each));
  const was = before?.conditions?.find(({ type }) => type === 'Ready');
  if (steps.length === 0 && all.length > 0)
    return {
      reason: was?.reason === 'InPlace' ? 'InPlace' : 'Prepared',
      message: was?.message ?? 'is ready where it is needed',
    };
  if (steps.length === 0) return { reason: 'NotRequested', message: 'is prepared when a machine first needs it' };
  const bad = steps.find(
    ({ step }) => step.kind === 'Unsupported' || step.kind === 'BackOff' || step.kind === 'Missing',
  );
  if (bad) {
    const at = `at ${bad.copy.namespace}/${bad.copy.name}`;
    if (bad.step.kind === 'Unsupported')
      return { reason: 'SourceNotSupported', message: `${at}: there is no source for ${bad.copy.type}; add one` };
    if (bad.step.kind === 'Missing')
      return { reason: 'SourceNotFound', message: `${at}: the prepared copy is not there` };
    const failure = bad.copy.remembered.failure?.failure;
    return {
      reason: failure ? reasonOf(failure) : 'PrepareFailed',
      message: `${at}: ${failure?.call ?? ''}: ${failure?.message ?? ''}`,
    };
  }
  const open = steps.find(({ step }) => step.kind !== 'Ready');
  if (open) return { reason: 'Preparing', message: `is being prepared at ${open.copy.namespace}/${open.copy.name}` };
  const isPrepared = steps.some(({ step }) => step.kind === 'Ready' && step.where === 'Prepared');
  return isPrepared
    ? { reason: 'Prepared', message: 'is ready where it is needed' }
    : { reason: 'InPlace', message: 'is used where it is' };
}

function reasonOf(failure: Failure): ReadyReason {
  if (failure.reason === Reason.ChecksumMismatch) return 'ChecksumMismatch';
  if (failure.code === Code.UNIMPLEMENTED) return 'CapabilityMissing';
  if (failure.code === Code.NOT_FOUND || failure.reason === 'DEPENDENCY_MISSING') return 'SourceNotFound';
  return 'PrepareFailed';
}

/** Echoed when every copy has been looked at, and not before. */
function handledReconcileNow({ image, copies }: ObservedImage): string | undefined {
  const before = image.status?.handledReconcileNow;
  const asked = image.metadata.annotations?.[Annotation.ReconcileNow];
  return asked === undefined || copies.some((copy) => isLookDue(image, copy)) ? before : asked.slice(0, 253);
}
