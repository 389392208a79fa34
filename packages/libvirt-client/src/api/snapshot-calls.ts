import * as procedures from '../procedures/snapshot.ts';
import type { Invoker } from './invoker.ts';
import { NEED_RESULTS } from './need-results.ts';
import type { SnapshotApi } from './snapshot-api.ts';

/** {@link SnapshotApi} over an invoker. */
export function snapshotCalls({ call }: Invoker): SnapshotApi {
  return {
    snapshotCreateXml: async (domain, xml, { flags = 0, ...options } = {}) =>
      (await call(procedures.snapshotCreateXml, { domain, xml, flags }, options)).snapshot,
    listAllSnapshots: async (domain, { flags = 0, ...options } = {}) =>
      (await call(procedures.listAllSnapshots, { domain, needResults: NEED_RESULTS, flags }, options)).snapshots,
    snapshotLookupByName: async (domain, name, options) =>
      (await call(procedures.snapshotLookupByName, { domain, name, flags: 0 }, options)).snapshot,
    snapshotGetXmlDesc: async (snapshot, { flags = 0, ...options } = {}) =>
      (await call(procedures.snapshotGetXmlDesc, { snapshot, flags }, options)).xml,
    snapshotRevert: (snapshot, { flags = 0, ...options } = {}) =>
      call(procedures.snapshotRevert, { snapshot, flags }, options),
    snapshotDelete: (snapshot, { flags = 0, ...options } = {}) =>
      call(procedures.snapshotDelete, { snapshot, flags }, options),
  };
}
