import { z } from 'zod';
import { listOf, mapOf } from '../schema/collection.ts';
import { ref } from '../schema/reference.ts';
import { withRules, type TransitionRule } from '../schema/rule.ts';
import { dnsLabel, integer, ipAddress, ipAddressOrCidr, macAddress } from '../schema/scalar.ts';
import { onceBound, same } from './frozen.ts';

const network = withRules(
  z.strictObject({
    name: dnsLabel(),
    networkRef: ref()
      .optional()
      .meta({ description: 'Omitted: the VMNetworkAttachment that has the name of this entry.' }),
    ipAddress: ipAddressOrCidr()
      .optional()
      .meta({ description: 'A fixed address, set at the first boot. Omitted: DHCP.' }),
    prefix: integer(1, 128).optional(),
    gateway: ipAddress().optional(),
    dns: listOf(ipAddress(), { max: 5 }).optional(),
    macAddress: macAddress()
      .optional()
      .meta({ description: 'Omitted: one made of the uid and the name of this entry.' }),
  }),
  [
    {
      rule: "has(self.ipAddress) ? !(has(self.prefix) && self.ipAddress.contains('/')) : !(has(self.prefix) || has(self.gateway))",
      message: 'prefix and gateway belong to an ipAddress, and a prefix is given once: as prefix, or after the slash',
      fieldPath: '.ipAddress',
      holds: (self) =>
        self.ipAddress === undefined
          ? self.prefix === undefined && self.gateway === undefined
          : !(self.prefix !== undefined && self.ipAddress.includes('/')),
    },
  ],
);

/** The network cards, in the order of the guest. */
export const networks = () => mapOf(network, { keys: ['name'], max: 10 });

const ADDRESS_FIELDS = ['ipAddress', 'prefix', 'gateway', 'dns'] as const;

const sameAddress = ADDRESS_FIELDS.map((field) => `(${same('n', 'o', field)})`).join(' && ');
const noAddress = ADDRESS_FIELDS.map((field) => `!has(n.${field})`).join(' && ');

/** The addresses that a bound VirtualMachine was given stay; a card that is added later has DHCP. */
export const networkRules: readonly TransitionRule[] = [
  onceBound({
    rule:
      '!has(oldSelf.spec.networks) || !has(self.spec.networks) || ' +
      `oldSelf.spec.networks.all(o, self.spec.networks.all(n, n.name != o.name || (${sameAddress})))`,
    message: 'ipAddress, prefix, gateway and dns cannot change any more: the guest was given them at its first boot',
    fieldPath: '.spec.networks',
  }),
  onceBound({
    rule:
      `!has(self.spec.networks) || self.spec.networks.all(n, (${noAddress}) || ` +
      '(has(oldSelf.spec.networks) && oldSelf.spec.networks.exists(o, o.name == n.name)))',
    message:
      'a network that is added to a virtual machine that exists has DHCP: leave ipAddress, prefix, gateway and dns out',
    fieldPath: '.spec.networks',
  }),
];
