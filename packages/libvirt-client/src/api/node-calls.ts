import * as procedures from '../procedures/node.ts';
import type { Invoker } from './invoker.ts';
import type { NodeApi } from './node-api.ts';

/** {@link NodeApi} over an invoker. */
export function nodeCalls({ call }: Invoker): NodeApi {
  return {
    getHostname: async (options) => (await call(procedures.getHostname, undefined, options)).hostname,
    getUri: async (options) => (await call(procedures.getUri, undefined, options)).uri,
    getVersion: async (options) => (await call(procedures.getVersion, undefined, options)).version,
    getLibVersion: async (options) => (await call(procedures.getLibVersion, undefined, options)).version,
    getCapabilities: async (options) => (await call(procedures.getCapabilities, undefined, options)).xml,
    getDomainCapabilities: async ({ emulator, arch, machine, virtType } = {}, options) => {
      const args = { emulator, arch, machine, virtType, flags: 0 };
      return (await call(procedures.getDomainCapabilities, args, options)).xml;
    },
    nodeGetInfo: (options) => call(procedures.nodeGetInfo, undefined, options),
    nodeGetFreeMemoryBytes: async (options) => (await call(procedures.nodeGetFreeMemory, undefined, options)).freeBytes,
  };
}
