import { Annotation } from '@virtrigaud/api-types';
import { Code } from '@virtrigaud/grpc-contract/client';
import type { Effects } from './execute.ts';
import type { Observed } from './observed.ts';
import type { Outcome } from './outcome.ts';
import type { Step } from './step.ts';

/** Asks the hypervisor for the VM that bears our uid. Only VM_ABSENT means that there is none. */
export async function describeVm(
  step: Extract<Step, { kind: 'Describe' }>,
  seen: Observed,
  { deps, site, context }: Effects,
): Promise<Outcome> {
  const { metadata } = seen.vm;
  const uid = metadata.uid ?? '';
  const at = step.at === 'Named' ? deps.site(seen.named) : site;
  if (!at) return { kind: 'Waiting' };
  const owner = {
    clusterId: deps.clusterId,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid,
    kind: 'VirtualMachine',
  };
  const token = at.inventory.describing(uid);
  const reply = await at.channel.call({
    method: 'describe',
    request: { id: '', owner },
    subject: uid,
    kind: 'read',
    ...context,
  });
  if (!reply.ok && reply.failure.class !== 'absent') {
    if (reply.failure.code === Code.UNAUTHENTICATED || reply.failure.code === Code.PERMISSION_DENIED)
      at.refused(reply.failure);
    deps.memory.failed(seen, 'Describe', { operationId: '', failure: reply.failure });
    return { kind: 'Failed', verb: 'Describe' };
  }
  at.inventory.described(token, reply.ok ? reply.value.vm : undefined);
  deps.memory.succeeded(uid, 'Describe');
  const { createUntilMs } = deps.memory.get(uid);
  if (step.at === 'Bound' && createUntilMs !== undefined && seen.monotonicMs >= createUntilMs)
    deps.memory.update(uid, { createUntilMs: undefined });
  deps.memory.update(uid, { lookedFor: metadata.annotations?.[Annotation.ReconcileNow] });
  return { kind: 'Progressed' };
}
