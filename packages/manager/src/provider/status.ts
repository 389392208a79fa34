import {
  Annotation,
  reasonTraits,
  type ConditionTypeOf,
  type ProviderStatus,
  type ReasonOf,
} from '@virtrigaud/api-types';
import { Capability, Reason, type ValidateResponse } from '@virtrigaud/grpc-contract/client';
import { differingWords } from '../connection/connection-state.ts';
import type { HostedState } from '../hosting/hosted-state.ts';
import { withTimes, type ProjectedCondition } from '../conditions.ts';
import { compact } from '../virtual-machine/observed-status.ts';
import type { ObservedProvider } from './observed.ts';
import { lookAskedFor, type ProviderStep } from './plan.ts';
import { unownedStatus } from './unowned.ts';

type Type = ConditionTypeOf<'Provider'>;

interface Facet extends ProjectedCondition {
  readonly stalled: boolean;
}

function facet<C extends Type>(type: C, reason: ReasonOf<'Provider', C>, message: string): Facet {
  const { status, stalled } = reasonTraits('Provider', type, reason);
  return { type, status, reason, message, stalled };
}

/**
 * Projects what was observed of a Provider to its status. Pure.
 *
 * @param refusal - the API server's words, where it has refused the write that the step is.
 */
export function projectProviderStatus(seen: ObservedProvider, step: ProviderStep, refusal?: string): ProviderStatus {
  const { metadata, status: before } = seen.provider;
  const info = seen.connection?.state.info;
  const conditions = conditionsOf(seen, step, refusal);
  const asked = metadata.annotations?.[Annotation.ReconcileNow];
  // What is invalid has just been read again; everything else is echoed when a look has followed.
  const isLookedAt = seen.invalid !== undefined || lookAskedFor(seen) === undefined;
  return compact({
    observedGeneration: metadata.generation,
    handledReconcileNow: isLookedAt && asked !== undefined ? asked.slice(0, 253) : before?.handledReconcileNow,
    conditions: withTimes(conditions, before?.conditions, { nowMs: seen.nowMs, generation: metadata.generation }),
    runtime: runtimeOf(seen),
    version: info ? text(info.version) : before?.version,
    contract:
      seen.connection?.state.agreement.kind === 'Compatible'
        ? seen.connection.state.agreement.revision
        : before?.contract,
    hypervisorVersion: info ? text(info.hypervisorVersion) : before?.hypervisorVersion,
    hypervisorID:
      info && seen.connection?.state.differing === undefined ? text(info.hypervisorId) : before?.hypervisorID,
    capabilities: info ? capabilityNames(info.capabilities) : before?.capabilities,
    connectedVMs: seen.boundVms.length,
    unowned: seen.unowned ? unownedStatus(seen.unowned, (uid) => seen.release.problems.get(uid)) : before?.unowned,
  });
}

const text = (value: string) => (value === '' ? undefined : value.slice(0, 255));

/** Capabilities in PascalCase, sorted. */
export function capabilityNames(capabilities: readonly Capability[]): string[] {
  const names = capabilities.flatMap((each) => {
    const name = Object.entries(Capability).find(([, value]) => value === each)?.[0];
    return name === undefined || each === Capability.UNSPECIFIED ? [] : [pascalCase(name)];
  });
  return [...new Set(names)].sort().slice(0, 64);
}

const acronyms: ReadonlySet<string> = new Set(['CPU', 'TPM', 'VNC', 'NIC']);

function pascalCase(name: string): string {
  return name
    .split('_')
    .map((word) => (acronyms.has(word) && word !== 'NIC' ? word : word.charAt(0) + word.slice(1).toLowerCase()))
    .join('');
}

function runtimeOf({ provider, runtime, connection }: ObservedProvider): ProviderStatus['runtime'] {
  const mode = runtime?.mode ?? provider.spec.runtime?.mode ?? 'InProcess';
  switch (runtime?.state.kind) {
    case undefined:
    case 'Stopped':
      return { mode, phase: 'Pending' };
    case 'Starting':
      return { mode, phase: 'Starting', readyReplicas: 0 };
    case 'WaitingForSecret':
      return { mode, phase: 'Pending', message: runtime.state.why };
    case 'PackageMissing':
    case 'Failed':
      return { mode, phase: 'Failed', message: runtime.state.why, readyReplicas: 0 };
    case 'Running': {
      const ready = connection?.state.ready ?? 0;
      const { endpoints, trouble } = runtime.state;
      return {
        mode,
        phase: ready === 0 ? 'Starting' : ready < runtime.replicas ? 'Degraded' : 'Ready',
        endpoint: endpoints.map(({ address }) => address).join(','),
        readyReplicas: ready,
        ...(trouble === undefined ? {} : { message: trouble }),
      };
    }
  }
}

function conditionsOf(seen: ObservedProvider, step: ProviderStep, refusal: string | undefined): ProjectedCondition[] {
  const facets = [
    runtimeFacet(seen),
    tlsFacet(seen),
    connectedFacet(seen),
    contractFacet(seen),
    credentialsFacet(seen),
    inventoryFacet(seen),
    healthyFacet(seen),
  ].filter((each) => each !== undefined);
  const ready = refusal === undefined ? readyFacet(seen, step, facets) : refusedFacet(refusal);
  const conditions: ProjectedCondition[] = [...facets, ready].map(({ type, status, reason, message }) => ({
    type,
    status,
    reason,
    message,
  }));
  if (seen.provider.metadata.annotations?.[Annotation.Paused] === 'true') {
    conditions.push({
      type: 'Paused',
      status: 'True',
      reason: 'PausedByAnnotation',
      message: `remove the annotation ${Annotation.Paused} to go on`,
    });
  }
  if (ready.status !== 'True') {
    conditions.push({
      type: ready.stalled ? 'Stalled' : 'Reconciling',
      status: 'True',
      reason: ready.reason,
      message: ready.message,
    });
  }
  return conditions;
}

function refusedFacet(refusal: string): Facet {
  return facet(
    'Ready',
    'PermissionDenied',
    `${refusal}; give the manager the right to patch providers, or change the admission policy that refuses it`,
  );
}

function readyFacet(seen: ObservedProvider, step: ProviderStep, facets: readonly Facet[]): Facet {
  if (seen.invalid !== undefined) return facet('Ready', 'InvalidSpec', seen.invalid);
  if (step.kind === 'InUse') {
    const names = seen.boundVms.slice(0, 10).join(', ');
    const more = seen.boundVms.length > 10 ? ` and ${String(seen.boundVms.length - 10)} more` : '';
    return facet('Ready', 'InUse', `still serves ${names}${more}; delete or move them first`);
  }
  if (seen.provider.metadata.deletionTimestamp !== undefined) return facet('Ready', 'Deleting', 'being deleted');
  // The cause of what else is then not known.
  const held =
    facets.find(({ reason }) => reason === 'ReplicasDiffer') ??
    facets.find(({ status, reason }) => status !== 'True' && reason !== 'NotChecked');
  if (held) return { ...held, type: 'Ready', status: 'False' };
  const validation = seen.connection?.state.validation;
  if (validation && !validation.ok && validation.reason === Reason.InvalidConfiguration)
    return facet('Ready', 'InvalidConfiguration', validation.message);
  if (!seen.connection)
    return { ...facet('Connected', 'Unreachable', 'not connected yet'), type: 'Ready', status: 'False' };
  return facet('Ready', 'Ready', 'is served and reachable');
}

function runtimeFacet({ runtime, secret, provider }: ObservedProvider): Facet {
  const isRemote = (runtime?.mode ?? provider.spec.runtime?.mode) === 'Remote';
  const waiting = secret.kind === 'Missing' ? `waits for Secret ${secret.name}` : 'is being started';
  switch (runtime?.state.kind) {
    case 'Running':
      if (runtime.state.replacing) return replacingFacet(runtime.state.replacing);
      return isRemote
        ? facet('RuntimeReady', 'ProcessesReady', processesWords(runtime.state, runtime.replicas))
        : facet(
            'RuntimeReady',
            'InProcessReady',
            `runs in the manager's process, version ${runtime.state.version ?? ''}`,
          );
    case 'PackageMissing':
      return facet('RuntimeReady', 'PackageMissing', runtime.state.why);
    case 'Failed':
      return facet('RuntimeReady', isRemote ? 'ProcessFailed' : 'InProcessFailed', runtime.state.why);
    case 'WaitingForSecret':
    case 'Starting':
    case 'Stopped':
    case undefined:
      return facet('RuntimeReady', isRemote ? 'ProcessesStarting' : 'InProcessFailed', waiting);
  }
}

/** What serves is not yet what the spec says. */
function replacingFacet({ why }: { readonly why?: string | undefined }): Facet {
  return why === undefined
    ? facet('RuntimeReady', 'ProcessesStarting', 'they are replaced one by one; those before serve until then')
    : facet('RuntimeReady', 'ProcessFailed', `${why}; those before serve on`);
}

type Running = Extract<HostedState, { readonly kind: 'Running' }>;

function processesWords({ endpoints, trouble }: Running, replicas: number): string {
  const run = `${String(endpoints.length)} of ${String(replicas)} processes run`;
  return trouble === undefined ? run : `${run}; ${trouble}`;
}

function tlsFacet({ runtime }: ObservedProvider): Facet | undefined {
  if (runtime?.mode !== 'Remote')
    return runtime && facet('TLSReady', 'LocalSocket', 'a socket that only this user can open');
  if (runtime.state.kind !== 'Running') return undefined;
  return facet('TLSReady', 'MutualTLS', "TLS 1.3; both sides show certificates of this manager's own authority");
}

function connectedFacet({ connection }: ObservedProvider): Facet | undefined {
  if (!connection) return undefined;
  const { reach, breakerOpenSinceMs } = connection.state;
  switch (reach.kind) {
    case 'Connecting':
      return facet('Connected', 'Unreachable', 'not connected yet');
    case 'Connected':
      return breakerOpenSinceMs === undefined
        ? facet('Connected', 'Connected', 'the provider answers')
        : facet(
            'Connected',
            'CircuitOpen',
            `too many calls failed; since ${time(breakerOpenSinceMs)} it is only asked whether it is back`,
          );
    case 'Unreachable':
      return facet('Connected', 'Unreachable', `since ${time(reach.sinceMs)}: ${reach.why}`);
    case 'HandshakeFailed':
      return facet('Connected', 'HandshakeFailed', `since ${time(reach.sinceMs)}: ${reach.why}`);
  }
}

function contractFacet({ connection }: ObservedProvider): Facet | undefined {
  const agreement = connection?.state.agreement;
  switch (agreement?.kind) {
    case 'Compatible':
      return facet('CompatibleContract', 'Compatible', `revision ${String(agreement.revision)} of the contract`);
    case 'Incompatible':
      return facet('CompatibleContract', 'Incompatible', agreement.why);
    case 'TypeMismatch':
      return facet('CompatibleContract', 'TypeMismatch', agreement.why);
    case 'Unknown':
    case undefined:
      return undefined;
  }
}

function credentialsFacet({ secret, connection, provider }: ObservedProvider): Facet | undefined {
  if (secret.kind === 'Missing')
    return facet(
      'CredentialsValid',
      'SecretNotFound',
      secret.forbidden === undefined
        ? `Secret ${provider.metadata.namespace ?? ''}/${secret.name} does not exist; create it`
        : `Secret ${provider.metadata.namespace ?? ''}/${secret.name} cannot be read: ${secret.forbidden}; give the manager the right to get it`,
    );
  const state = connection?.state;
  if (state?.rejected) return facet('CredentialsValid', 'Rejected', `${state.rejected.why}; renew the Secret`);
  const validation = state?.validation;
  if (!validation) return undefined;
  if (validation.missingPermissions.length > 0)
    return facet('CredentialsValid', 'PermissionMissing', [...validation.missingPermissions].sort().join(', '));
  if (validation.reason === Reason.CredentialsIncomplete)
    return facet('CredentialsValid', 'SecretIncomplete', validation.message);
  return secret.kind === 'NotNamed'
    ? facet('CredentialsValid', 'NotRequired', 'no credentials are used')
    : facet('CredentialsValid', 'Accepted', 'the hypervisor accepts them');
}

function inventoryFacet({ connection, shrink }: ObservedProvider): Facet | undefined {
  if (!connection || connection.state.agreement.kind !== 'Compatible') return undefined;
  if (connection.inventory.kind === 'Lost')
    return facet(
      'InventoryComplete',
      'InventoryStale',
      `since ${time(connection.inventory.sinceMs)}: ${connection.inventory.why}`,
    );
  if (shrink?.shrunk) return facet('InventoryComplete', 'InventoryShrunk', shrinkWords(shrink));
  if (connection.inventory.kind === 'Listing')
    return facet('InventoryComplete', 'Listing', 'its machines are being listed');
  return facet('InventoryComplete', 'Complete', 'all that is there is known');
}

/** What is wrong with an inventory that shrank, for people. */
export function shrinkWords({
  missing,
  expected,
}: {
  readonly missing: readonly string[];
  readonly expected: number;
}): string {
  return `${String(missing.length)} of ${String(expected)} machines are missing at once, which is not believed; look there, or accept it with ${Annotation.AcceptInventory}`;
}

function healthyFacet({ connection, provider, strangers }: ObservedProvider): Facet | undefined {
  if (!connection || connection.state.agreement.kind !== 'Compatible') return undefined;
  const { differing, health, info, validation } = connection.state;
  if (differing !== undefined) return facet('Healthy', 'ReplicasDiffer', differingWords(differing));
  if (strangers > 0) {
    return facet(
      'Healthy',
      'HypervisorChanged',
      `another hypervisor (${info?.hypervisorId ?? ''}) than that of ${String(strangers)} machines; undo that, or accept it with ${Annotation.AcceptHypervisor}`,
    );
  }
  if (!provider.spec.healthCheck.enabled) return facet('Healthy', 'NotChecked', 'healthCheck is disabled');
  switch (health.kind) {
    case 'Unknown':
      return facet('Healthy', 'NotChecked', 'not looked at yet');
    case 'NotServing': {
      const why = validation && !validation.ok ? validation.message : 'the hypervisor does not answer';
      const reason = validation?.reason === Reason.EndpointNotLocal ? 'EndpointNotLocal' : 'HypervisorUnreachable';
      return facet('Healthy', reason, `since ${time(health.sinceMs)}: ${why}`);
    }
    case 'Serving': {
      const said = saidBy(validation);
      return provider.spec.insecureSkipVerify
        ? facet('Healthy', 'ReachableUnverified', `${said}; its identity is not checked (insecureSkipVerify)`)
        : facet('Healthy', 'Reachable', said);
    }
  }
}

function saidBy(validation: ValidateResponse | undefined): string {
  const answers = 'the hypervisor answers';
  if (!validation || validation.message === '') return answers;
  if (validation.ok) return validation.message;
  // What a machine may need that names no place of its own.
  return validation.reason === Reason.DependencyMissing ? `${answers}; ${validation.message}` : answers;
}

function time(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
