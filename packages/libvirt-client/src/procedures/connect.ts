import { bool, int, nothing, struct, uint } from '../xdr/codec.ts';
import { array } from '../xdr/sequences.ts';
import { procedure } from './procedure.ts';
import { optionalString } from './wire-types.ts';

/** More authentication types than libvirt has. */
const MAX_AUTH_TYPES = 20;

export const authList = procedure('AUTH_LIST', {
  number: 66,
  args: nothing,
  result: struct({ types: array(int, MAX_AUTH_TYPES) }),
});
export const authPolkit = procedure('AUTH_POLKIT', { number: 70, args: nothing, result: struct({ complete: int }) });
export const supportsFeature = procedure('CONNECT_SUPPORTS_FEATURE', {
  number: 60,
  args: struct({ feature: int }),
  result: struct({ supported: bool }),
});
export const connectOpen = procedure('CONNECT_OPEN', {
  number: 1,
  args: struct({ name: optionalString, flags: uint }),
  result: nothing,
});
export const connectClose = procedure('CONNECT_CLOSE', { number: 2, args: nothing, result: nothing });
