import * as procedures from '../procedures/network.ts';
import type { Invoker } from './invoker.ts';
import { NEED_RESULTS } from './need-results.ts';
import type { NetworkApi } from './network-api.ts';

/** {@link NetworkApi} over an invoker. */
export function networkCalls({ call }: Invoker): NetworkApi {
  return {
    listAllNetworks: async ({ flags = 0, ...options } = {}) =>
      (await call(procedures.listAllNetworks, { needResults: NEED_RESULTS, flags }, options)).networks,
    networkLookupByName: async (name, options) =>
      (await call(procedures.networkLookupByName, { name }, options)).network,
    networkLookupByUuid: async (uuid, options) =>
      (await call(procedures.networkLookupByUuid, { uuid }, options)).network,
    networkGetXmlDesc: async (network, { flags = 0, ...options } = {}) =>
      (await call(procedures.networkGetXmlDesc, { network, flags }, options)).xml,
    networkIsActive: async (network, options) => (await call(procedures.networkIsActive, { network }, options)).active,
    networkDefineXml: async (xml, options) => (await call(procedures.networkDefineXml, { xml }, options)).network,
    networkCreate: (network, options) => call(procedures.networkCreate, { network }, options),
    networkDestroy: (network, options) => call(procedures.networkDestroy, { network }, options),
    networkUndefine: (network, options) => call(procedures.networkUndefine, { network }, options),
    networkSetAutostart: (network, { autostart }, options) =>
      call(procedures.networkSetAutostart, { network, autostart }, options),
    networkGetDhcpLeases: async (network, { mac } = {}, options) => {
      const args = { network, mac, needResults: NEED_RESULTS, flags: 0 };
      return (await call(procedures.networkGetDhcpLeases, args, options)).leases;
    },
  };
}
