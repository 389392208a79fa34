import { z } from 'zod';
import { listOf, mapOf } from '../schema/collection.ts';
import { objectWithoutStatus } from '../schema/object.ts';
import { consumerNamespaceSelector } from '../schema/reference.ts';
import { withRules } from '../schema/rule.ts';
import { dnsLabel, integer, ipAddress, text } from '../schema/scalar.ts';

const libvirtNetwork = withRules(
  z.strictObject({
    networkName: text(255).optional().meta({ description: 'A libvirt network.' }),
    bridge: z
      .strictObject({ name: text(15) })
      .optional()
      .meta({ description: 'A bridge of the host.' }),
    model: z.enum(['virtio', 'e1000', 'e1000e', 'rtl8139']).default('virtio'),
  }),
  [
    {
      rule: 'has(self.networkName) != has(self.bridge)',
      message: 'needs exactly one of networkName, bridge',
      holds: (self) => (self.networkName !== undefined) !== (self.bridge !== undefined),
    },
  ],
);

const customNetwork = z.strictObject({
  type: dnsLabel().meta({ description: 'The type of the Providers that take this member.' }),
  network: text(255),
  model: text(63).optional(),
  vlan: integer(1, 4094).optional(),
});

const network = withRules(
  z.strictObject({
    libvirt: libvirtNetwork.optional(),
    custom: mapOf(customNetwork, { keys: ['type'], max: 16 })
      .min(1)
      .optional()
      .meta({ description: 'The network at providers of other types.' }),
  }),
  [
    {
      rule: 'has(self.libvirt) || has(self.custom)',
      message: 'needs at least one of libvirt, custom',
      holds: (self) => self.libvirt !== undefined || self.custom !== undefined,
    },
  ],
);

/** The schema of `spec` of a VMNetworkAttachment. */
export const vmNetworkAttachmentSpec = z.strictObject({
  network: network.meta({ description: 'The network, as each kind of hypervisor names it.' }),
  ipAllocation: z
    .strictObject({
      type: z.enum(['DHCP', 'Static']).default('DHCP').meta({
        description: 'Static: each VirtualMachine gives its ipAddress, the rest is from here.',
      }),
      staticConfig: z.strictObject({ gateway: ipAddress().optional(), prefix: integer(1, 128).optional() }).optional(),
      dnsConfig: z.strictObject({ servers: listOf(ipAddress(), { max: 5 }).optional() }).optional(),
    })
    .prefault({}),
  consumerNamespaceSelector: consumerNamespaceSelector().optional(),
});

/** The schema of a whole VMNetworkAttachment. */
export const vmNetworkAttachmentObject = objectWithoutStatus('VMNetworkAttachment', { spec: vmNetworkAttachmentSpec });

/** A network that virtual machines attach to, with defaults filled in. */
export type VMNetworkAttachment = z.output<typeof vmNetworkAttachmentObject>;
/** A network that virtual machines attach to, as a person writes it. */
export type VMNetworkAttachmentInput = z.input<typeof vmNetworkAttachmentObject>;
/** `spec` of a {@link VMNetworkAttachment}. */
export type VMNetworkAttachmentSpec = z.output<typeof vmNetworkAttachmentSpec>;
