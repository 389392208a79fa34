import type { KindName } from '../descriptor.ts';

/** One column of the tables that the API server makes. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly jsonPath: string;
  /** 1: only in `-o wide`. */
  readonly priority?: 1;
}

const text = (name: string, jsonPath: string): PrinterColumn => ({ name, type: 'string', jsonPath });
const count = (name: string, jsonPath: string): PrinterColumn => ({ name, type: 'integer', jsonPath });
const wide = (column: PrinterColumn): PrinterColumn => ({ ...column, priority: 1 });
const ready = text('Ready', '.status.conditions[?(@.type=="Ready")].status');
const reason = text('Reason', '.status.conditions[?(@.type=="Ready")].reason');
const age: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

/** The columns of each kind, in order. */
export const printerColumns: Readonly<Record<KindName, readonly PrinterColumn[]>> = {
  Provider: [
    text('Type', '.spec.type'),
    text('Mode', '.status.runtime.mode'),
    ready,
    reason,
    count('VMs', '.status.connectedVMs'),
    wide(count('Unowned', '.status.unowned.count')),
    wide(text('Endpoint', '.spec.endpoint')),
    wide(text('Phase', '.status.runtime.phase')),
    wide(count('Replicas', '.status.runtime.readyReplicas')),
    wide(text('Served-At', '.status.runtime.endpoint')),
    wide(text('Version', '.status.version')),
    wide(text('Hypervisor', '.status.hypervisorVersion')),
    age,
  ],
  VirtualMachine: [
    text('Phase', '.status.phase'),
    ready,
    reason,
    text('IP', '.status.ips[0]'),
    text('Provider', '.spec.providerRef.name'),
    wide(text('Power', '.status.powerState')),
    wide(count('CPU', '.status.resources.cpu')),
    wide(text('Memory', '.status.resources.memory')),
    wide(text('Class', '.spec.classRef.name')),
    wide(text('Image', '.spec.imageRef.name')),
    wide(text('Host', '.status.host')),
    wide(text('ID', '.status.id')),
    age,
  ],
  VMClass: [
    count('CPU', '.spec.cpu'),
    text('Memory', '.spec.memory'),
    text('Firmware', '.spec.firmware'),
    wide(text('Disk', '.spec.diskDefaults.size')),
    age,
  ],
  VMImage: [ready, reason, text('Providers', '.status.availableOn'), age],
  VMNetworkAttachment: [
    text('Libvirt', '.spec.network.libvirt.networkName'),
    wide(text('Bridge', '.spec.network.libvirt.bridge.name')),
    text('Allocation', '.spec.ipAllocation.type'),
    age,
  ],
};
