import type { VirtualMachineState } from '@virtrigaud/grpc-contract/client';
import type { Clock, Random } from '@virtrigaud/kube-runtime';
import { sleep, type ProviderChannel } from '../transport/provider-channel.ts';
import type { Inventory } from './inventory.ts';

const everyMs = 15 * 60_000;
const pageSize = 500;

/** Settings of {@link auditInventory}. */
export interface AuditOptions {
  readonly channel: ProviderChannel;
  readonly clusterId: string;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly random: Random;
  readonly newCorrelationId: () => string;
}

/**
 * Heals an event that the stream lost: every 15 minutes (jittered by a fifth) one paged list, compared with the inventory.
 * Runs until `signal`. Never rejects; a list that fails is left for the next round, since the stream is the source.
 */
export async function auditInventory(options: AuditOptions, signal: AbortSignal): Promise<void> {
  for (;;) {
    await sleep(options.clock, everyMs * (0.9 + 0.2 * options.random()), signal);
    if (signal.aborted) return;
    const before = new Set(options.inventory.uids());
    const listed = await listAll(options, signal);
    if (listed) applyAudit(options.inventory, before, listed);
  }
}

async function listAll(
  options: AuditOptions,
  signal: AbortSignal,
): Promise<readonly VirtualMachineState[] | undefined> {
  const vms: VirtualMachineState[] = [];
  const correlationId = options.newCorrelationId();
  let pageToken = '';
  do {
    const request = { pageSize, pageToken, clusterId: options.clusterId, ownedOnly: true };
    const reply = await options.channel.call({
      method: 'listVMs',
      request,
      subject: '',
      kind: 'read',
      correlationId,
      signal,
    });
    if (!reply.ok) return undefined;
    vms.push(...reply.value.vms);
    pageToken = reply.value.nextPageToken;
  } while (pageToken !== '');
  return vms;
}

/** Compares a complete list with the inventory: a VM that differs is taken over, one that is not there is doubted. */
export function applyAudit(
  inventory: Inventory,
  before: ReadonlySet<string>,
  listed: readonly VirtualMachineState[],
): void {
  const seen = new Set<string>();
  for (const vm of listed) {
    if (vm.owner) seen.add(vm.owner.uid);
    inventory.upsert(vm);
  }
  for (const uid of before) {
    const last = inventory.last(uid);
    if (last && !seen.has(uid)) inventory.gone({ id: last.id, owner: last.owner });
  }
}
