import { Annotation, type EventReason, type ProviderStatus } from '@virtrigaud/api-types';
import { objectKey } from '@virtrigaud/kube-runtime';
import { ForbiddenSecret, type SecretReader } from '../kube/secret-reader.ts';
import type { ExecuteContext } from '../virtual-machine/ports.ts';
import type { ObservedProvider } from './observed.ts';
import type { ProviderStep } from './plan.ts';
import { defaultsOf, type ProviderHomes } from './provider-homes.ts';
import { remembered } from './release-attempts.ts';
import { afterAttempt, releaseMachine, type ReleaseDeps } from './release.ts';
import type { UnownedMachine } from './unowned.ts';

/** Something that people are told of a Provider. */
export interface ProviderNote {
  readonly reason: EventReason<'Provider'>;
  readonly message: string;
}

/** What effects on a Provider need. */
export interface ProviderExecuteDeps {
  readonly release: ReleaseDeps;
  readonly homes: ProviderHomes;
  readonly addFinalizer: (seen: ObservedProvider) => Promise<void>;
  readonly removeFinalizer: (seen: ObservedProvider) => Promise<void>;
  /** No call if nothing differs. */
  readonly writeStatus: (seen: ObservedProvider, status: ProviderStatus) => Promise<void>;
  readonly secret: SecretReader;
  readonly note: (seen: ObservedProvider, note: ProviderNote) => void;
}

/** What came of a step for a Provider. */
export type ProviderOutcome = 'Progressed' | 'Waiting' | 'Gone';

/** Does one step for a Provider. */
export async function executeProvider(
  step: ProviderStep,
  seen: ObservedProvider,
  deps: ProviderExecuteDeps,
  context: ExecuteContext,
): Promise<ProviderOutcome> {
  const { homes } = deps;
  const { signal } = context;
  const { provider } = seen;
  switch (step.kind) {
    case 'Done':
      return 'Gone';
    case 'Paused':
    case 'InvalidSpec':
    case 'WaitForSecret':
      return 'Waiting';
    case 'InUse':
    case 'Settled':
      homes.get(objectKey(provider.metadata))?.connection?.to.setDefaults(defaultsOf(provider));
      return 'Waiting';
    case 'Look':
      await look(step.token, seen, deps, signal);
      return 'Progressed';
    case 'Release':
      await release(step.machine, seen, deps, context);
      return 'Progressed';
    case 'AddFinalizer':
      await deps.addFinalizer(seen);
      return 'Progressed';
    case 'RemoveFinalizer':
      await homes.close(objectKey(provider.metadata));
      if (step.why === 'Forced') {
        deps.note(seen, {
          reason: 'ForceDeleted',
          message: `let go by ${Annotation.ForceDelete}; it still had ${seen.boundVms.join(', ')}`,
        });
      }
      await deps.removeFinalizer(seen);
      return 'Gone';
    case 'Stop':
      await homes.close(objectKey(provider.metadata));
      return 'Progressed';
    case 'ReadSecret':
      await readSecret(seen, deps, signal);
      return 'Progressed';
    case 'Start':
      homes.startRuntime(homes.open(provider), provider);
      deps.note(seen, { reason: 'RuntimeApplied', message: servedWords(provider) });
      return 'Progressed';
    case 'Restart':
      if (!homes.applyRuntime(homes.open(provider), provider)) await homes.stopRuntime(homes.open(provider));
      return 'Progressed';
    case 'Connect':
      homes.connect(homes.open(provider), provider);
      return 'Progressed';
  }
}

function servedWords({ spec }: ObservedProvider['provider']): string {
  if (spec.runtime?.mode !== 'Remote') return 'is served in the process of the manager';
  const replicas = spec.runtime.replicas ?? 1;
  return replicas === 1 ? 'is served by a process of its own' : `is served by ${String(replicas)} processes`;
}

async function look(
  token: string,
  seen: ObservedProvider,
  deps: ProviderExecuteDeps,
  signal: AbortSignal,
): Promise<void> {
  const home = deps.homes.open(seen.provider);
  home.lookedFor = token;
  if (seen.secret.kind !== 'NotNamed') await readSecret(seen, deps, signal);
  if (seen.runtime?.state.kind === 'Running') await home.connection?.to.look();
  else await deps.homes.stopRuntime(home);
}

async function release(
  machine: UnownedMachine,
  seen: ObservedProvider,
  deps: ProviderExecuteDeps,
  context: ExecuteContext,
): Promise<void> {
  const { homes } = deps;
  const { annotations } = seen.provider.metadata;
  const home = homes.open(seen.provider);
  const site = home.connection?.to;
  // It was there when this was planned: its disappearance wakes the key.
  if (!site) return;
  const outcome = await releaseMachine(machine, { deps: deps.release, site, context });
  const { uid, namespace, name } = machine.owner;
  const before = home.release?.attempts.get(uid);
  const attempt = afterAttempt(before, outcome, seen.monotonicMs);
  home.release = remembered(home.release, annotations?.[Annotation.Release] ?? '', [uid, attempt]);
  const what = `machine ${machine.name} (${machine.id}) of VirtualMachine ${namespace}/${name}, which is gone,`;
  if (outcome.kind === 'Refused')
    deps.note(seen, { reason: 'ReleaseRefused', message: `${what} is not let go: ${outcome.why}` });
  else if (attempt.attempts === 1)
    deps.note(seen, { reason: 'Released', message: `${what} runs on, and is no longer ours` });
}

async function readSecret(seen: ObservedProvider, deps: ProviderExecuteDeps, signal: AbortSignal): Promise<void> {
  const { metadata, spec } = seen.provider;
  const name = spec.credentialSecretRef?.name ?? '';
  const home = deps.homes.open(seen.provider);
  const answer = await deps.secret(metadata.namespace ?? '', name, signal);
  const values = answer instanceof ForbiddenSecret ? undefined : answer;
  const isFirst = home.secret.kind !== 'Read';
  home.secret = values
    ? { kind: 'Read', name }
    : { kind: 'Missing', name, ...(answer instanceof ForbiddenSecret && { forbidden: answer.why }) };
  home.secretReadMs = seen.monotonicMs;
  // A Secret that is gone takes nothing away from a session that works: it is said, and the last values stay.
  if (!values || !home.credentials.set(values) || isFirst) return;
  home.connection?.to.credentialsChanged();
  deps.note(seen, { reason: 'CredentialsReloaded', message: `Secret ${name} has changed` });
}
