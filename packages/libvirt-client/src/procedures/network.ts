import { bool, hyper, int, nothing, struct, uint } from '../xdr/codec.ts';
import { array, string, uuid } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { family, network, optionalString } from './wire-types.ts';

const one = struct({ network });

export const listAllNetworks = procedure('CONNECT_LIST_ALL_NETWORKS', {
  number: 283,
  args: struct({ needResults: int, flags: uint }),
  result: struct({ networks: array(network), count: uint }),
});
export const networkLookupByName = procedure('NETWORK_LOOKUP_BY_NAME', {
  number: 46,
  args: struct({ name: string }),
  result: one,
});
export const networkLookupByUuid = procedure('NETWORK_LOOKUP_BY_UUID', {
  number: 47,
  args: struct({ uuid }),
  result: one,
});
export const networkGetXmlDesc = procedure('NETWORK_GET_XML_DESC', {
  number: 43,
  args: struct({ network, flags: uint }),
  result: struct({ xml: string }),
});
export const networkIsActive = procedure('NETWORK_IS_ACTIVE', {
  number: 152,
  args: one,
  result: struct({ active: bool }),
});
export const networkDefineXml = procedure('NETWORK_DEFINE_XML', {
  number: 41,
  args: struct({ xml: string }),
  result: one,
});
export const networkCreate = procedure('NETWORK_CREATE', { number: 39, lane: 'long', args: one, result: nothing });
export const networkDestroy = procedure('NETWORK_DESTROY', { number: 42, lane: 'long', args: one, result: nothing });
export const networkUndefine = procedure('NETWORK_UNDEFINE', { number: 49, args: one, result: nothing });
export const networkSetAutostart = procedure('NETWORK_SET_AUTOSTART', {
  number: 48,
  args: struct({ network, autostart: bool }),
  result: nothing,
});
export const networkGetDhcpLeases = procedure('NETWORK_GET_DHCP_LEASES', {
  number: 341,
  lane: 'guest',
  args: struct({ network, mac: optionalString, needResults: int, flags: uint }),
  result: struct({
    leases: array(
      struct({
        bridge: string,
        expiryTimeS: hyper,
        family,
        mac: optionalString,
        iaid: optionalString,
        address: string,
        prefix: uint,
        hostname: optionalString,
        clientId: optionalString,
      }),
    ),
    count: uint,
  }),
});
