import type { KindName } from '../descriptor.ts';

/** An object that differs from the least one of its kind, and what the rules of the CRDs say to it. */
export interface Row {
  readonly kind: KindName;
  readonly spec: object;
  /** The fields that are refused; none when the object is good. */
  readonly refused: readonly string[];
}

const vm = (spec: object, ...refused: string[]): Row => ({ kind: 'VirtualMachine', spec, refused });
const provider = (spec: object, ...refused: string[]): Row => ({ kind: 'Provider', spec, refused });
const image = (source: object, ...refused: string[]): Row => ({ kind: 'VMImage', spec: { source }, refused });
const net = (network: object, ...refused: string[]): Row => ({
  kind: 'VMNetworkAttachment',
  spec: { network },
  refused,
});

const inline = { inline: '#cloud-config' };
const digest = (digits: number) => 'a'.repeat(digits);

/** Objects that keep rules, and objects that break one. */
export const ruleRows: readonly Row[] = [
  provider({}),
  provider({ endpoint: 'qemu+ssh://user@host/system' }),
  provider({ endpoint: 'https://host/a:b@c' }),
  provider({ endpoint: 'qemu+ssh://user:secret@host/system' }, 'spec.endpoint'),
  provider({ endpoint: 'https://:secret@host' }, 'spec.endpoint'),

  vm({}),
  vm({ resources: undefined, classRef: { name: 'small' } }),
  vm({ resources: { cpu: 1, memoryMiB: 512 } }),
  vm({ resources: { cpu: 1 }, classRef: { name: 'small' } }),
  vm({ resources: undefined }, 'spec.resources'),
  vm({ resources: { cpu: 1 } }, 'spec.resources'),
  vm({ resources: { memory: '1Gi' } }, 'spec.resources'),
  vm({ resources: { cpu: 1, memory: '1Gi', memoryMiB: 1024 } }, 'spec.resources.memoryMiB'),

  vm({ disks: [{ name: 'data', size: '1Gi' }] }),
  vm({ disks: [{ name: 'data', sizeGiB: 1 }] }),
  vm({ disks: [{ name: 'data' }] }, 'spec.disks[0].size'),
  vm(
    {
      disks: [
        { name: 'ok', sizeGiB: 1 },
        { name: 'data', size: '1Gi', sizeGiB: 1 },
      ],
    },
    'spec.disks[1].size',
  ),
  vm({ disks: [{ name: 'root', size: '1Gi' }] }, 'spec.disks[0].name'),

  vm({ networks: [] }),
  vm({ networks: [{ name: 'a', ipAddress: '10.0.0.2', prefix: 24, gateway: '10.0.0.1' }] }),
  vm({ networks: [{ name: 'a', ipAddress: '10.0.0.2/24', gateway: '10.0.0.1' }] }),
  vm({ networks: [{ name: 'a', dns: ['10.0.0.1'] }] }),
  vm({ networks: [{ name: 'a', ipAddress: '10.0.0.2/24', prefix: 24 }] }, 'spec.networks[0].ipAddress'),
  vm({ networks: [{ name: 'a', prefix: 24 }] }, 'spec.networks[0].ipAddress'),
  vm({ networks: [{ name: 'a', gateway: '10.0.0.1' }] }, 'spec.networks[0].ipAddress'),

  vm({ userData: { cloudInit: inline } }),
  vm({ userData: { ignition: { secretRef: { name: 's' } } } }),
  vm({ userData: {} }, 'spec.userData'),
  vm({ userData: { cloudInit: inline, ignition: inline } }, 'spec.userData'),
  vm({ userData: { cloudInit: {} } }, 'spec.userData.cloudInit'),
  vm({ userData: { cloudInit: { ...inline, secretRef: { name: 's' } } } }, 'spec.userData.cloudInit'),
  vm({ userData: { ignition: {} } }, 'spec.userData.ignition'),
  vm({ metaData: { cloudInit: inline } }),
  vm({ metaData: { cloudInit: {} } }, 'spec.metaData.cloudInit'),
  vm({ userData: { ignition: inline }, metaData: { cloudInit: inline } }, 'spec.userData'),
  vm({ userData: { ignition: inline }, networks: [{ name: 'a', ipAddress: '10.0.0.2/24' }] }, 'spec.userData'),
  vm({ userData: { ignition: inline }, networks: [{ name: 'a' }] }),

  image({ custom: [{ type: 'mock', template: 'small' }] }),
  image({ custom: [{ type: 'mock', url: 'https://images.example.com/a' }] }),
  image({ custom: [{ type: 'mock', url: 'http://images.example.com/a', checksum: digest(64) }] }),
  image({ libvirt: { path: '/a', checksum: digest(128), checksumType: 'sha512' } }),
  image({}, 'spec.source'),
  image({ custom: [{ type: 'mock' }] }, 'spec.source.custom[0]'),
  image({ custom: [{ type: 'mock', template: 'a', path: '/a' }] }, 'spec.source.custom[0]'),
  image({ custom: [{ type: 'mock', url: 'http://images.example.com/a' }] }, 'spec.source.custom[0].url'),
  image({ custom: [{ type: 'mock', path: '/a', checksum: digest(128) }] }, 'spec.source.custom[0].checksum'),
  image({ libvirt: { path: '/a', checksum: digest(128) } }, 'spec.source.libvirt.checksum'),
  image({ libvirt: { path: '/a', checksum: digest(64), checksumType: 'sha512' } }, 'spec.source.libvirt.checksum'),

  net({ libvirt: { bridge: { name: 'br0' } } }),
  net({ custom: [{ type: 'mock', network: 'lan' }] }),
  net({}, 'spec.network'),
  net({ libvirt: {} }, 'spec.network.libvirt'),
  net({ libvirt: { networkName: 'a', bridge: { name: 'br0' } } }, 'spec.network.libvirt'),
];
