import { int, nothing, struct, uhyper, uint } from '../xdr/codec.ts';
import { charArray, string } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { optionalString } from './wire-types.ts';

const MODEL_CHARS = 32;

export const getHostname = procedure('CONNECT_GET_HOSTNAME', {
  number: 59,
  args: nothing,
  result: struct({ hostname: string }),
});
export const getUri = procedure('CONNECT_GET_URI', { number: 110, args: nothing, result: struct({ uri: string }) });
export const getVersion = procedure('CONNECT_GET_VERSION', {
  number: 4,
  args: nothing,
  result: struct({ version: uhyper }),
});
export const getLibVersion = procedure('CONNECT_GET_LIB_VERSION', {
  number: 157,
  args: nothing,
  result: struct({ version: uhyper }),
});
export const getCapabilities = procedure('CONNECT_GET_CAPABILITIES', {
  number: 7,
  args: nothing,
  result: struct({ xml: string }),
});
export const getDomainCapabilities = procedure('CONNECT_GET_DOMAIN_CAPABILITIES', {
  number: 342,
  args: struct({
    emulator: optionalString,
    arch: optionalString,
    machine: optionalString,
    virtType: optionalString,
    flags: uint,
  }),
  result: struct({ xml: string }),
});
export const nodeGetInfo = procedure('NODE_GET_INFO', {
  number: 6,
  args: nothing,
  result: struct({
    cpuModel: charArray(MODEL_CHARS),
    memoryKiB: uhyper,
    cpus: int,
    mhz: int,
    numaNodes: int,
    socketsPerNode: int,
    coresPerSocket: int,
    threadsPerCore: int,
  }),
});
export const nodeGetFreeMemory = procedure('NODE_GET_FREE_MEMORY', {
  number: 102,
  args: nothing,
  result: struct({ freeBytes: uhyper }),
});
