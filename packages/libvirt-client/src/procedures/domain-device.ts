import { bool, int, nothing, struct, uhyper, uint } from '../xdr/codec.ts';
import { string } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { domain } from './wire-types.ts';

const device = struct({ domain, xml: string, flags: uint });
const disk = struct({ domain, disk: string, flags: uint });

export const domainSetVcpus = procedure('DOMAIN_SET_VCPUS_FLAGS', {
  number: 199,
  lane: 'long',
  args: struct({ domain, vcpus: uint, flags: uint }),
  result: nothing,
});
export const domainSetMemory = procedure('DOMAIN_SET_MEMORY_FLAGS', {
  number: 204,
  lane: 'long',
  args: struct({ domain, memoryKiB: uhyper, flags: uint }),
  result: nothing,
});
export const domainAttachDevice = procedure('DOMAIN_ATTACH_DEVICE_FLAGS', {
  number: 160,
  lane: 'long',
  args: device,
  result: nothing,
});
export const domainDetachDevice = procedure('DOMAIN_DETACH_DEVICE_FLAGS', {
  number: 161,
  lane: 'long',
  args: device,
  result: nothing,
});
export const domainDetachDeviceAlias = procedure('DOMAIN_DETACH_DEVICE_ALIAS', {
  number: 392,
  lane: 'long',
  args: struct({ domain, alias: string, flags: uint }),
  result: nothing,
});
export const domainUpdateDevice = procedure('DOMAIN_UPDATE_DEVICE_FLAGS', {
  number: 174,
  lane: 'long',
  args: device,
  result: nothing,
});
export const domainBlockResize = procedure('DOMAIN_BLOCK_RESIZE', {
  number: 251,
  lane: 'long',
  args: struct({ domain, disk: string, size: uhyper, flags: uint }),
  result: nothing,
});
export const domainGetBlockInfo = procedure('DOMAIN_GET_BLOCK_INFO', {
  number: 194,
  args: disk,
  result: struct({ allocationBytes: uhyper, capacityBytes: uhyper, physicalBytes: uhyper }),
});
export const domainGetBlockJobInfo = procedure('DOMAIN_GET_BLOCK_JOB_INFO', {
  number: 238,
  args: disk,
  result: struct({ found: bool, type: int, bandwidth: uhyper, current: uhyper, end: uhyper }),
});
export const domainBlockJobAbort = procedure('DOMAIN_BLOCK_JOB_ABORT', {
  number: 237,
  lane: 'long',
  args: disk,
  result: nothing,
});
