import { bool, int, nothing, struct, uhyper, uint } from '../xdr/codec.ts';
import { array, string, uuid } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { pool, volume } from './wire-types.ts';

const onePool = struct({ pool });
const oneVolume = struct({ volume });
const poolAndFlags = struct({ pool, flags: uint });
const volumeAndFlags = struct({ volume, flags: uint });
const volumeRange = struct({ volume, offset: uhyper, length: uhyper, flags: uint });
const xmlText = struct({ xml: string });

export const listAllStoragePools = procedure('CONNECT_LIST_ALL_STORAGE_POOLS', {
  number: 281,
  args: struct({ needResults: int, flags: uint }),
  result: struct({ pools: array(pool), count: uint }),
});
export const poolLookupByName = procedure('STORAGE_POOL_LOOKUP_BY_NAME', {
  number: 84,
  args: struct({ name: string }),
  result: onePool,
});
export const poolLookupByUuid = procedure('STORAGE_POOL_LOOKUP_BY_UUID', {
  number: 85,
  args: struct({ uuid }),
  result: onePool,
});
export const poolGetInfo = procedure('STORAGE_POOL_GET_INFO', {
  number: 87,
  args: onePool,
  result: struct({ state: int, capacityBytes: uhyper, allocationBytes: uhyper, availableBytes: uhyper }),
});
export const poolGetXmlDesc = procedure('STORAGE_POOL_GET_XML_DESC', {
  number: 88,
  args: poolAndFlags,
  result: xmlText,
});
export const poolDefineXml = procedure('STORAGE_POOL_DEFINE_XML', {
  number: 77,
  args: struct({ xml: string, flags: uint }),
  result: onePool,
});
export const poolBuild = procedure('STORAGE_POOL_BUILD', {
  number: 79,
  lane: 'long',
  args: poolAndFlags,
  result: nothing,
});
export const poolCreate = procedure('STORAGE_POOL_CREATE', {
  number: 78,
  lane: 'long',
  args: poolAndFlags,
  result: nothing,
});
export const poolDestroy = procedure('STORAGE_POOL_DESTROY', {
  number: 80,
  lane: 'long',
  args: onePool,
  result: nothing,
});
export const poolUndefine = procedure('STORAGE_POOL_UNDEFINE', { number: 82, args: onePool, result: nothing });
export const poolRefresh = procedure('STORAGE_POOL_REFRESH', {
  number: 83,
  lane: 'long',
  args: poolAndFlags,
  result: nothing,
});
export const poolSetAutostart = procedure('STORAGE_POOL_SET_AUTOSTART', {
  number: 90,
  args: struct({ pool, autostart: bool }),
  result: nothing,
});
export const poolListAllVolumes = procedure('STORAGE_POOL_LIST_ALL_VOLUMES', {
  number: 282,
  args: struct({ pool, needResults: int, flags: uint }),
  result: struct({ volumes: array(volume), count: uint }),
});
export const volLookupByName = procedure('STORAGE_VOL_LOOKUP_BY_NAME', {
  number: 95,
  args: struct({ pool, name: string }),
  result: oneVolume,
});
export const volLookupByPath = procedure('STORAGE_VOL_LOOKUP_BY_PATH', {
  number: 97,
  args: struct({ path: string }),
  result: oneVolume,
});
export const volCreateXml = procedure('STORAGE_VOL_CREATE_XML', {
  number: 93,
  lane: 'long',
  args: struct({ pool, xml: string, flags: uint }),
  result: oneVolume,
});
export const volCreateXmlFrom = procedure('STORAGE_VOL_CREATE_XML_FROM', {
  number: 125,
  lane: 'long',
  args: struct({ pool, xml: string, source: volume, flags: uint }),
  result: oneVolume,
});
export const volGetInfo = procedure('STORAGE_VOL_GET_INFO', {
  number: 98,
  args: oneVolume,
  result: struct({ type: int, capacityBytes: uhyper, allocationBytes: uhyper }),
});
export const volGetXmlDesc = procedure('STORAGE_VOL_GET_XML_DESC', {
  number: 99,
  args: volumeAndFlags,
  result: xmlText,
});
export const volResize = procedure('STORAGE_VOL_RESIZE', {
  number: 260,
  lane: 'long',
  args: struct({ volume, capacityBytes: uhyper, flags: uint }),
  result: nothing,
});
export const volDelete = procedure('STORAGE_VOL_DELETE', {
  number: 94,
  lane: 'long',
  args: volumeAndFlags,
  result: nothing,
});
export const volWipe = procedure('STORAGE_VOL_WIPE', {
  number: 165,
  lane: 'long',
  args: volumeAndFlags,
  result: nothing,
});
export const volUpload = procedure('STORAGE_VOL_UPLOAD', {
  number: 208,
  lane: 'long',
  args: volumeRange,
  result: nothing,
});
export const volDownload = procedure('STORAGE_VOL_DOWNLOAD', {
  number: 209,
  lane: 'long',
  args: volumeRange,
  result: nothing,
});
