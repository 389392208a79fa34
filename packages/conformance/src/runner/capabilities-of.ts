import { PowerOp } from '@virtrigaud/grpc-contract/client';
import type { CapabilityName } from '../check.ts';
import type { CallName, RequestOf } from './calls.ts';

/** The capabilities of which a call is the use: whoever announces one of them, and does not do this at all, has announced what is not so. */
export function capabilitiesOf<M extends CallName>(method: M, request: RequestOf<M>): readonly CapabilityName[] {
  switch (method) {
    case 'adopt':
      return ['ADOPT'];
    case 'imagePrepare':
    case 'imageDescribe':
      return ['IMAGE_PREPARE'];
    case 'power':
      return ofPower(request as RequestOf<'power'>);
    case 'reconfigure':
      return ((request as RequestOf<'reconfigure'>).updateMask ?? []).flatMap((path) => ofPath[path] ?? []);
    default:
      return [];
  }
}

function ofPower({ op }: RequestOf<'power'>): readonly CapabilityName[] {
  if (op === PowerOp.SUSPEND || op === PowerOp.RESUME) return ['SUSPEND'];
  return op === PowerOp.SHUTDOWN_GRACEFUL ? ['GRACEFUL_SHUTDOWN'] : [];
}

const ofPath: Readonly<Record<string, readonly CapabilityName[]>> = {
  'compute.cpus': ['RECONFIGURE_ONLINE_CPU'],
  'compute.memory_bytes': ['RECONFIGURE_ONLINE_MEMORY'],
  root: ['DISK_GROW_ONLINE'],
  disks: ['DISK_HOTPLUG', 'DISK_GROW_ONLINE'],
  nics: ['NIC_HOTPLUG'],
};
