import { int, nothing, struct, uint } from '../xdr/codec.ts';
import { array, string } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { domain, snapshot } from './wire-types.ts';

const one = struct({ snapshot });
const oneAndFlags = struct({ snapshot, flags: uint });

export const snapshotCreateXml = procedure('DOMAIN_SNAPSHOT_CREATE_XML', {
  number: 185,
  lane: 'long',
  args: struct({ domain, xml: string, flags: uint }),
  result: one,
});
export const listAllSnapshots = procedure('DOMAIN_LIST_ALL_SNAPSHOTS', {
  number: 274,
  args: struct({ domain, needResults: int, flags: uint }),
  result: struct({ snapshots: array(snapshot), count: int }),
});
export const snapshotLookupByName = procedure('DOMAIN_SNAPSHOT_LOOKUP_BY_NAME', {
  number: 189,
  args: struct({ domain, name: string, flags: uint }),
  result: one,
});
export const snapshotGetXmlDesc = procedure('DOMAIN_SNAPSHOT_GET_XML_DESC', {
  number: 186,
  args: oneAndFlags,
  result: struct({ xml: string }),
});
export const snapshotRevert = procedure('DOMAIN_REVERT_TO_SNAPSHOT', {
  number: 192,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
export const snapshotDelete = procedure('DOMAIN_SNAPSHOT_DELETE', {
  number: 193,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
