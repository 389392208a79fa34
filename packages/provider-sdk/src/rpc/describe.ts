import type { DescribeRequest, DescribeResponse, ServerCall } from '@virtrigaud/grpc-contract/server';
import { invalidField, vmAbsent } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { encodeDescribed } from '../wire/encode-state.ts';
import { duplicateOwner } from './mutate.ts';

/** Describe: asks the hypervisor now. VM_ABSENT means that it said so. */
export async function describe(
  runtime: Runtime,
  request: DescribeRequest,
  call: ServerCall,
): Promise<DescribeResponse> {
  const uid = request.owner?.uid ?? '';
  if (request.id === '' && uid === '') throw invalidField('id', 'or owner.uid must be given');
  const by = request.id === '' ? { ownerUid: uid } : { id: request.id };
  const found = await runtime.keeper.use((session) =>
    runtime.implementation.findVms(session, by, readContext(runtime, call)),
  );
  const matches = request.id === '' ? found.filter((vm) => vm.owner?.uid === uid) : found;
  if (matches.length > 1)
    throw duplicateOwner(`${request.owner?.namespace ?? ''}/${request.owner?.name ?? ''}`, matches);
  const [vm] = matches;
  if (!vm) throw vmAbsent(request.id === '' ? `the VM of owner ${uid}` : `VM ${request.id}`);
  const described = encodeDescribed(vm);
  // Looked up again rather than taken over: by now the inventory may know better.
  if (runtime.inventory.revisionOf(vm.id) !== described.revision) runtime.feed.changed(vm.id);
  return { vm: described };
}
