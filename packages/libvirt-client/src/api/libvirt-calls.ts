import { domainCalls } from './domain-calls.ts';
import type { Invoker } from './invoker.ts';
import type { LibvirtApi } from './libvirt-api.ts';
import { networkCalls } from './network-calls.ts';
import { nodeCalls } from './node-calls.ts';
import { snapshotCalls } from './snapshot-calls.ts';
import { storageCalls } from './storage-calls.ts';

/** {@link LibvirtApi} over an invoker. */
export function libvirtCalls(invoker: Invoker): LibvirtApi {
  return {
    ...domainCalls(invoker),
    ...storageCalls(invoker),
    ...networkCalls(invoker),
    ...nodeCalls(invoker),
    ...snapshotCalls(invoker),
  };
}
