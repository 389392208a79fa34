import { Code, Reason, TaskState, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { Backdoor } from '../backdoor.ts';
import type { Profile } from '../profile.ts';
import { Calls } from './calls.ts';
import { Journal } from './journal.ts';
import type { Ledger } from './ledger.ts';
import { pause } from './pause.ts';
import { mutationOf } from './requests.ts';
import { showError } from './show.ts';

/** Above every term that a check shows. */
const LAST_TERM = 2n ** 40n;
const TRIES = 3;

/** How to reach what has to be removed. */
export interface CleanUpTools {
  readonly client: ProviderClient;
  readonly profile: Profile;
  readonly backdoor: Backdoor;
}

/**
 * Removes everything that a check made, and looks whether it is gone. Never throws: one thing that cannot be removed must not keep the
 * others.
 *
 * @returns what is left, a line for each.
 */
export async function cleanUp(tools: CleanUpTools, ledger: Ledger): Promise<readonly string[]> {
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    await work().catch((error: unknown) => left.push(`${what}: ${showError(error)}`));
  };
  for (const undo of ledger.undo.splice(0).reverse()) await attempt('putting right what was broken on purpose', undo);
  // Copies first: as long as there are two carriers of one stamp, the provider refuses to delete either.
  for (const id of ledger.foreignIds.splice(0)) {
    await attempt(`VM ${id}, made behind the provider's back`, async () => tools.backdoor.removeVm?.(id));
  }
  for (const owner of ledger.owners.splice(0)) {
    await attempt(`VM of ${owner.namespace}/${owner.name} (uid ${owner.uid})`, () => removeVmOf(tools, owner));
  }
  const diskIds = ledger.diskIds.splice(0);
  if (diskIds.length > 0) {
    await attempt(`disks ${diskIds.join(', ')}`, async () => {
      const there = (await tools.backdoor.listDiskIds?.()) ?? [];
      const spared = diskIds.filter((id) => there.includes(id));
      left.push(...spared.map((id) => `disk ${id}: it is still at the hypervisor, remove it by hand`));
    });
  }
  return left;
}

/** Deletes an owner's VM, and rejects when it is still there afterwards. */
export async function removeVmOf({ client, profile }: CleanUpTools, owner: Owner): Promise<void> {
  // Not the run's signal: what was made goes, also when the run was broken off.
  const signal = AbortSignal.timeout(profile.settleSeconds * 1000);
  const calls = new Calls(client, profile, { journal: new Journal(), signal });
  let why: unknown = new Error(`it is not gone within ${String(profile.settleSeconds)} s`);
  try {
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      if (attempt > 1) await pause(200 * attempt, signal);
      const found = await removeOnce(calls, owner);
      if (found === 'gone') return;
      why = found;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw why instanceof Error ? why : new Error(String(why));
}

/** Deletes once. Answers why it is still there, when it is. */
async function removeOnce(calls: Calls, owner: Owner): Promise<unknown> {
  const deleted = await calls.mutate('delete', { mutation: mutationOf('delete', owner, { term: LAST_TERM }) });
  const task = deleted.ok ? await calls.ended(deleted.answer.task?.id ?? '').catch(() => undefined) : undefined;
  const described = await calls.send('describe', { owner });
  if (!described.ok) {
    const { code, reason } = described.error;
    return code === Code.NOT_FOUND && reason === Reason.VmAbsent ? 'gone' : described.error;
  }
  if (!deleted.ok) return deleted.error;
  const words = task?.state === TaskState.FAILED ? task.error?.message : undefined;
  return words ?? `it is still there as ${described.answer.vm?.id ?? ''}`;
}
