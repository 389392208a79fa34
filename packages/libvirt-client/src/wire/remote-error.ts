import { LibvirtError } from '../libvirt-error.ts';
import { domain, network, optionalString } from '../procedures/wire-types.ts';
import { decodeWith, int, optional, struct } from '../xdr/codec.ts';

/** The payload of every packet whose status is `error`. */
export const remoteError = struct({
  code: int,
  domain: int,
  message: optionalString,
  level: int,
  dom: optional(domain),
  str1: optionalString,
  str2: optionalString,
  str3: optionalString,
  int1: int,
  int2: int,
  net: optional(network),
});

/** The error that libvirtd sent, with its own words after the procedure's name. */
export function readRemoteError(procedureName: string, payload: Buffer): LibvirtError {
  const detail = decodeWith(remoteError, payload);
  return new LibvirtError({
    kind: 'libvirt',
    outcome: 'refused',
    message: `${procedureName}: ${detail.message ?? 'libvirtd gave no reason'} (code ${detail.code}, domain ${detail.domain})`,
    detail,
  });
}
