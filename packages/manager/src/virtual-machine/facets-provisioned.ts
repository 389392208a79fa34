import { Annotation } from '@virtrigaud/api-types';
import { Lifecycle } from '@virtrigaud/grpc-contract/client';
import type { Failure } from '../transport/failure.ts';
import { facet, type Facet } from './facet.ts';
import type { Observed } from './observed.ts';
import { reasonOfProvisioning } from './failure-reasons.ts';
import { whyHypervisorWaits } from './plan.ts';
import { creationProblem } from './plan-creation.ts';
import type { Step } from './step.ts';
import { isAdopting, wasTakenOver } from './take-over.ts';

type Provisioned = Facet<'Provisioned'>;
const provisioned = (reason: Parameters<typeof facet<'Provisioned'>>[1], message: string): Provisioned =>
  facet('Provisioned', reason, message);

/** Whether the VM is there, as a condition. Undefined: nothing is known of it now, so what was said stays. */
export function provisionedFacet(seen: Observed, step: Step): Provisioned | undefined {
  const denied = seen.remembered.attempts.Finalizer?.failure;
  if (denied)
    return provisioned('PermissionDenied', `${denied.message}; give the manager the right to patch virtualmachines`);
  if (seen.vm.metadata.deletionTimestamp !== undefined) return deletingFacet(seen);
  if (!seen.bound) return unboundFacet(seen, step);
  const { remote } = seen;
  const failure = failureInForce(seen);
  switch (remote.kind) {
    case 'Unknown':
      if (failure?.reason === 'DUPLICATE_OWNER') return failed(failure);
      if (seen.vm.status?.id !== undefined) return undefined;
      return failure?.class === 'unknown-outcome'
        ? provisioned('OutcomeUnknown', `${failure.call}: ${failure.message}; looking whether it has happened`)
        : provisioned('Creating', 'being made');
    case 'Absent':
      return absentFacet(seen, failure);
    case 'Present': {
      const why = whyHypervisorWaits(remote.vm);
      if (why !== undefined) return provisioned('HypervisorWaits', why);
      if (remote.vm.lifecycle === Lifecycle.CREATING)
        return failure ? failed(failure) : provisioned('Creating', 'being made');
      return wasTakenOver(seen) ? provisioned('Adopted', 'was taken over') : provisioned('Created', 'is there');
    }
  }
}

function deletingFacet(seen: Observed): Provisioned {
  const site = seen.bound;
  // The Provider itself is gone, or cannot be asked any more: nothing but a person can end this.
  if (seen.namespaceTerminating && site && (site.uid === '' || (site.deleting && site.unavailable))) {
    return provisioned(
      'NamespaceTerminating',
      `namespace ${site.namespace} is being deleted, and its Provider ${site.name} ${site.uid === '' ? 'is gone already' : 'cannot be asked any more'}; delete the machine at the hypervisor, and let go with ${Annotation.ForceDelete}: "true"`,
    );
  }
  const failure = seen.remembered.attempts.Delete?.failure;
  return failure
    ? provisioned('DeleteFailed', `${failure.call}: ${failure.message}`)
    : provisioned('Deleting', 'being deleted');
}

function unboundFacet(seen: Observed, step: Step): Provisioned {
  const refusal = seen.remembered.attempts.Create ?? seen.remembered.attempts.Adopt;
  if (step.kind === 'Stalled' && refusal) return failed(refusal.failure);
  const { notGranted } = seen.wanted;
  const problem = seen.wanted.problem?.reason === 'InvalidSpec' ? seen.wanted.problem : creationProblem(seen);
  if (notGranted !== undefined) return provisioned('ConsumerNotAllowed', notGranted);
  if (problem?.reason === 'InvalidSpec') return provisioned('WaitingForDependency', problem.message);
  if (problem) return provisioned(problem.reason, problem.message);
  if (step.kind === 'WaitForProvider') return provisioned('WaitingForDependency', 'waits for its Provider');
  return provisioned('Creating', isAdopting(seen) ? 'about to be taken over' : 'about to be made');
}

function absentFacet(seen: Observed, failure: Failure | undefined): Provisioned {
  if (seen.vm.status?.id !== undefined && seen.vm.spec.vanishedPolicy === 'Report') {
    return provisioned(
      'Vanished',
      'is gone from the hypervisor; restore it there, set vanishedPolicy to Recreate, or delete this object',
    );
  }
  if (failure) return failed(failure);
  const problem = creationProblem(seen);
  if (problem && problem.reason !== 'InvalidSpec') return provisioned(problem.reason, problem.message);
  return provisioned('Creating', isAdopting(seen) ? 'being taken over' : 'being made');
}

function failureInForce(seen: Observed): Failure | undefined {
  const { Create, Adopt, Describe } = seen.remembered.attempts;
  return (Describe ?? Create ?? Adopt)?.failure;
}

function failed(failure: Failure): Provisioned {
  return provisioned(reasonOfProvisioning(failure), `${failure.call}: ${failure.message}`);
}
