import * as procedures from '../procedures/storage.ts';
import type { Invoker } from './invoker.ts';
import { NEED_RESULTS } from './need-results.ts';
import type { StorageApi } from './storage-api.ts';

type PoolCalls = Pick<StorageApi, 'listAllStoragePools' | Extract<keyof StorageApi, `pool${string}`>>;

/** {@link StorageApi} over an invoker. */
export function storageCalls(invoker: Invoker): StorageApi {
  return { ...poolCalls(invoker), ...volumeCalls(invoker) };
}

function poolCalls({ call }: Invoker): PoolCalls {
  return {
    listAllStoragePools: async ({ flags = 0, ...options } = {}) =>
      (await call(procedures.listAllStoragePools, { needResults: NEED_RESULTS, flags }, options)).pools,
    poolLookupByName: async (name, options) => (await call(procedures.poolLookupByName, { name }, options)).pool,
    poolLookupByUuid: async (uuid, options) => (await call(procedures.poolLookupByUuid, { uuid }, options)).pool,
    poolGetInfo: (pool, options) => call(procedures.poolGetInfo, { pool }, options),
    poolGetXmlDesc: async (pool, { flags = 0, ...options } = {}) =>
      (await call(procedures.poolGetXmlDesc, { pool, flags }, options)).xml,
    poolDefineXml: async (xml, { flags = 0, ...options } = {}) =>
      (await call(procedures.poolDefineXml, { xml, flags }, options)).pool,
    poolBuild: (pool, { flags = 0, ...options } = {}) => call(procedures.poolBuild, { pool, flags }, options),
    poolCreate: (pool, { flags = 0, ...options } = {}) => call(procedures.poolCreate, { pool, flags }, options),
    poolDestroy: (pool, options) => call(procedures.poolDestroy, { pool }, options),
    poolUndefine: (pool, options) => call(procedures.poolUndefine, { pool }, options),
    poolRefresh: (pool, { flags = 0, ...options } = {}) => call(procedures.poolRefresh, { pool, flags }, options),
    poolSetAutostart: (pool, { autostart }, options) => call(procedures.poolSetAutostart, { pool, autostart }, options),
    poolListAllVolumes: async (pool, { flags = 0, ...options } = {}) =>
      (await call(procedures.poolListAllVolumes, { pool, needResults: NEED_RESULTS, flags }, options)).volumes,
  };
}

function volumeCalls({ call, upload, download }: Invoker): Omit<StorageApi, keyof PoolCalls> {
  return {
    volLookupByName: async (pool, name, options) =>
      (await call(procedures.volLookupByName, { pool, name }, options)).volume,
    volLookupByPath: async (path, options) => (await call(procedures.volLookupByPath, { path }, options)).volume,
    volCreateXml: async (pool, xml, { flags = 0, ...options } = {}) =>
      (await call(procedures.volCreateXml, { pool, xml, flags }, options)).volume,
    volCreateXmlFrom: async (pool, { xml, source }, { flags = 0, ...options } = {}) =>
      (await call(procedures.volCreateXmlFrom, { pool, xml, source, flags }, options)).volume,
    volGetInfo: (volume, options) => call(procedures.volGetInfo, { volume }, options),
    volGetXmlDesc: async (volume, { flags = 0, ...options } = {}) =>
      (await call(procedures.volGetXmlDesc, { volume, flags }, options)).xml,
    volResize: (volume, capacityBytes, { flags = 0, ...options } = {}) =>
      call(procedures.volResize, { volume, capacityBytes, flags }, options),
    volDelete: (volume, { flags = 0, ...options } = {}) => call(procedures.volDelete, { volume, flags }, options),
    volWipe: (volume, { flags = 0, ...options } = {}) => call(procedures.volWipe, { volume, flags }, options),
    volUpload: (volume, source, { offsetBytes = 0n, lengthBytes = 0n, ...options } = {}) => {
      const args = { volume, offset: offsetBytes, length: lengthBytes, flags: 0 };
      return upload(procedures.volUpload, { args, source }, options);
    },
    volDownload: (volume, { offsetBytes = 0n, lengthBytes = 0n, ...options } = {}) =>
      download(procedures.volDownload, { volume, offset: offsetBytes, length: lengthBytes, flags: 0 }, options),
  };
}
