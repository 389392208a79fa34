import { int, nothing, struct, uhyper, uint } from '../xdr/codec.ts';
import { array, string, uuid } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { domain, family, optionalString, typedParams } from './wire-types.ts';

const one = struct({ domain });
const oneAndFlags = struct({ domain, flags: uint });
const xmlText = struct({ xml: string });
/** Interfaces of a guest and addresses of an interface, by libvirt's own bounds. */
const MAX_INTERFACES = 2_048;

export const listAllDomains = procedure('CONNECT_LIST_ALL_DOMAINS', {
  number: 273,
  args: struct({ needResults: int, flags: uint }),
  result: struct({ domains: array(domain), count: uint }),
});
export const domainLookupByName = procedure('DOMAIN_LOOKUP_BY_NAME', {
  number: 23,
  args: struct({ name: string }),
  result: one,
});
export const domainLookupByUuid = procedure('DOMAIN_LOOKUP_BY_UUID', {
  number: 24,
  args: struct({ uuid }),
  result: one,
});
export const domainGetXmlDesc = procedure('DOMAIN_GET_XML_DESC', { number: 14, args: oneAndFlags, result: xmlText });
export const domainGetState = procedure('DOMAIN_GET_STATE', {
  number: 212,
  args: oneAndFlags,
  result: struct({ state: int, reason: int }),
});
export const domainGetInfo = procedure('DOMAIN_GET_INFO', {
  number: 16,
  args: one,
  result: struct({ state: int, maxMemoryKiB: uhyper, memoryKiB: uhyper, vcpus: int, cpuTimeNs: uhyper }),
});
export const domainDefineXml = procedure('DOMAIN_DEFINE_XML_FLAGS', {
  number: 350,
  args: struct({ xml: string, flags: uint }),
  result: one,
});
export const domainGetMetadata = procedure('DOMAIN_GET_METADATA', {
  number: 265,
  args: struct({ domain, type: int, uri: optionalString, flags: uint }),
  result: struct({ metadata: string }),
});
export const domainSetMetadata = procedure('DOMAIN_SET_METADATA', {
  number: 264,
  args: struct({
    domain,
    type: int,
    text: optionalString,
    key: optionalString,
    uri: optionalString,
    flags: uint,
  }),
  result: nothing,
});
export const domainGetAutostart = procedure('DOMAIN_GET_AUTOSTART', {
  number: 15,
  args: one,
  result: struct({ autostart: int }),
});
export const domainSetAutostart = procedure('DOMAIN_SET_AUTOSTART', {
  number: 29,
  args: struct({ domain, autostart: int }),
  result: nothing,
});
export const domainUndefine = procedure('DOMAIN_UNDEFINE_FLAGS', {
  number: 231,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
export const domainInterfaceAddresses = procedure('DOMAIN_INTERFACE_ADDRESSES', {
  number: 353,
  lane: 'guest',
  args: struct({ domain, source: uint, flags: uint }),
  result: struct({
    interfaces: array(
      struct({
        name: string,
        mac: optionalString,
        addresses: array(struct({ family, address: string, prefix: uint }), MAX_INTERFACES),
      }),
      MAX_INTERFACES,
    ),
  }),
});
export const domainGetGuestInfo = procedure('DOMAIN_GET_GUEST_INFO', {
  number: 418,
  lane: 'guest',
  args: struct({ domain, types: uint, flags: uint }),
  result: struct({ params: typedParams }),
});
export const getAllDomainStats = procedure('CONNECT_GET_ALL_DOMAIN_STATS', {
  number: 344,
  args: struct({ domains: array(domain), stats: uint, flags: uint }),
  result: struct({ stats: array(struct({ domain, params: typedParams })) }),
});
