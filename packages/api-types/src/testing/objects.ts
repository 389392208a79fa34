import { API_VERSION } from '../schema/object.ts';
import type { KindName } from '../descriptor.ts';

/** A `spec` of each kind that holds no more than it must. */
export const leastSpec = {
  Provider: { type: 'libvirt', endpoint: 'qemu:///system' },
  VirtualMachine: {
    providerRef: { name: 'lab' },
    imageRef: { name: 'debian' },
    resources: { cpu: 2, memory: '2Gi' },
  },
  VMClass: { cpu: 2, memory: '2Gi' },
  VMImage: { source: { libvirt: { path: '/images/debian.qcow2' } } },
  VMNetworkAttachment: { network: { libvirt: { networkName: 'default' } } },
} as const satisfies Record<KindName, object>;

/** An object of `kind` whose spec is the least one with `changes` over it; a change to `undefined` leaves the field out. */
export function anObject(kind: KindName, changes: object = {}) {
  const spec = Object.entries({ ...leastSpec[kind], ...changes }).filter(([, value]) => value !== undefined);
  return {
    apiVersion: API_VERSION,
    kind,
    metadata: { name: 'it', namespace: 'default' },
    spec: Object.fromEntries(spec),
  };
}

/** A VirtualMachine that has been made. */
export function aBoundMachine(changes: object = {}) {
  const binding = { providerRef: { name: 'lab', namespace: 'default' }, providerUID: 'u', generation: 1 };
  return { ...anObject('VirtualMachine', changes), status: { binding } };
}
