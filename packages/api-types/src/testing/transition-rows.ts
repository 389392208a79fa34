const disk = (size: object) => ({ disks: [{ name: 'data', ...size }] });
const fixed = { name: 'a', ipAddress: '10.0.0.2', prefix: 24, gateway: '10.0.0.1', dns: ['10.0.0.1'] };
const cloudInit = (inline: string) => ({ cloudInit: { inline } });

/** Changes of a VirtualMachine, and the field that refuses each once it is bound. */
export const frozen = [
  { before: {}, now: { imageRef: { name: 'other' } }, field: 'spec.imageRef' },
  { before: {}, now: { imageRef: { name: 'debian', namespace: 'other' } }, field: 'spec.imageRef' },
  { before: {}, now: { userData: cloudInit('a') }, field: 'spec.userData' },
  { before: { userData: cloudInit('a') }, now: {}, field: 'spec.userData' },
  { before: { userData: cloudInit('a') }, now: { userData: cloudInit('b') }, field: 'spec.userData' },
  { before: { metaData: cloudInit('a') }, now: { metaData: cloudInit('b') }, field: 'spec.metaData' },
  { before: { placement: { datastore: 'a' } }, now: { placement: { datastore: 'b' } }, field: 'spec.placement' },
  { before: {}, now: { hypervisorName: 'web' }, field: 'spec.hypervisorName' },
  { before: {}, now: { extraConfig: { 'a.b': 'c' } }, field: 'spec.extraConfig' },
  { before: { extraConfig: { 'a.b': 'c' } }, now: { extraConfig: { 'a.b': 'd' } }, field: 'spec.extraConfig' },
  { before: disk({ size: '1Gi', bus: 'virtio' }), now: disk({ size: '1Gi', bus: 'scsi' }), field: 'spec.disks' },
  { before: disk({ size: '1Gi' }), now: disk({ size: '1Gi', storage: 'fast' }), field: 'spec.disks' },
  { before: disk({ size: '1Gi', type: 'thick' }), now: disk({ size: '2Gi' }), field: 'spec.disks' },
  { before: { rootDisk: { bus: 'virtio' } }, now: { rootDisk: { bus: 'sata' } }, field: 'spec.rootDisk' },
  { before: {}, now: { rootDisk: { type: 'thick' } }, field: 'spec.rootDisk' },
  { before: { rootDisk: { storage: 'a' } }, now: {}, field: 'spec.rootDisk' },
  { before: disk({ size: '2Gi' }), now: disk({ size: '1Gi' }), field: 'spec.disks' },
  { before: disk({ size: '1Ti' }), now: disk({ size: '1023Gi' }), field: 'spec.disks' },
  { before: disk({ sizeGiB: 2 }), now: disk({ size: '2047Mi' }), field: 'spec.disks' },
  { before: disk({ size: '2049Mi' }), now: disk({ sizeGiB: 2 }), field: 'spec.disks' },
  { before: { rootDisk: { size: '2Gi' } }, now: { rootDisk: { size: '2047Mi' } }, field: 'spec.rootDisk' },
  { before: { networks: [fixed] }, now: { networks: [{ ...fixed, ipAddress: '10.0.0.3' }] }, field: 'spec.networks' },
  { before: { networks: [fixed] }, now: { networks: [{ ...fixed, prefix: 25 }] }, field: 'spec.networks' },
  { before: { networks: [fixed] }, now: { networks: [{ ...fixed, gateway: '10.0.0.9' }] }, field: 'spec.networks' },
  { before: { networks: [fixed] }, now: { networks: [{ ...fixed, dns: [] }] }, field: 'spec.networks' },
  { before: { networks: [fixed] }, now: { networks: [{ name: 'a' }] }, field: 'spec.networks' },
  { before: { networks: [] }, now: { networks: [fixed] }, field: 'spec.networks' },
  { before: {}, now: { networks: [fixed] }, field: 'spec.networks' },
];

/** Changes that a bound VirtualMachine takes. */
export const open = [
  { before: {}, now: { resources: { cpu: 4, memory: '1Gi' } } },
  { before: {}, now: { powerState: 'Off' } },
  { before: {}, now: { providerRef: { name: 'other' } } },
  { before: disk({ size: '1Gi' }), now: disk({ size: '2Gi' }) },
  { before: disk({ size: '2048Mi' }), now: disk({ sizeGiB: 2 }) },
  { before: disk({ size: '1Ti' }), now: disk({ size: '1024Gi' }) },
  { before: disk({ size: '1024Gi' }), now: disk({ size: '1Ti' }) },
  { before: disk({ size: '1Gi' }), now: {} },
  { before: disk({ size: '2Gi' }), now: { disks: [{ name: 'other', size: '1Gi' }] } },
  { before: { rootDisk: { size: '1Gi' } }, now: { rootDisk: { size: '1025Mi' } } },
  { before: {}, now: { rootDisk: { size: '1Gi' } } },
  { before: { extraConfig: { 'a.b': 'c' } }, now: { extraConfig: { 'a.b': 'c' }, powerState: 'Off' } },
  { before: disk({ size: '1Gi', bus: 'scsi' }), now: disk({ size: '2Gi', bus: 'scsi' }) },
  { before: { rootDisk: { size: '1Gi', type: 'thin' } }, now: { rootDisk: { size: '2Gi', type: 'thin' } } },
  { before: { networks: [fixed] }, now: { networks: [{ name: 'b' }, fixed] } },
  { before: { networks: [fixed] }, now: { networks: [] } },
  { before: { networks: [fixed] }, now: { networks: [{ ...fixed, macAddress: '52:54:00:00:00:01' }] } },
];

/** Changes of other kinds, and the fields that refuse them. */
export const otherKinds = [
  { kind: 'Provider', before: {}, now: { type: 'mock' }, refused: ['spec.type'] },
  { kind: 'Provider', before: {}, now: { endpoint: 'qemu:///session' }, refused: [] },
  { kind: 'VMClass', before: { firmware: 'BIOS' }, now: { firmware: 'UEFI' }, refused: ['spec.firmware'] },
  { kind: 'VMClass', before: {}, now: { firmware: 'UEFI' }, refused: ['spec.firmware'] },
  { kind: 'VMClass', before: { firmware: 'BIOS' }, now: { firmware: 'BIOS', cpu: 4 }, refused: [] },
  { kind: 'VMImage', before: {}, now: { source: { libvirt: { path: '/other' } } }, refused: ['spec.source'] },
  { kind: 'VMImage', before: {}, now: { prepare: { onMissing: 'Wait' } }, refused: [] },
] as const;
