import type { DomainRef, NetworkRef, PoolRef, SnapshotRef, TypedParams, TypedValue, VolumeRef } from '../types.ts';
import type { Codec } from '../xdr/codec.ts';
import { bool, double, hyper, int, mapped, optional, struct, uhyper, uint } from '../xdr/codec.ts';
import { MAX_TYPED_PARAMS } from '../xdr/limits.ts';
import { array, string, uuid } from '../xdr/sequences.ts';
import { notDecodable } from '../xdr/xdr-decoder.ts';
import { notEncodable } from '../xdr/xdr-encoder.ts';

export const domain: Codec<DomainRef> = struct({ name: string, uuid, id: int });
export const network: Codec<NetworkRef> = struct({ name: string, uuid });
export const pool: Codec<PoolRef> = struct({ name: string, uuid });
export const volume: Codec<VolumeRef> = struct({ pool: string, name: string, key: string });
export const snapshot: Codec<SnapshotRef> = struct({ name: string, domain });
export const optionalString = optional(string);

/** Address family: 0 is IPv4, 1 is IPv6. */
export const family = mapped<boolean, 'ipv4' | 'ipv6'>(bool, {
  toWire: (value) => value === 'ipv6',
  fromWire: (isV6) => (isV6 ? 'ipv6' : 'ipv4'),
});

const typedValue: Codec<TypedValue> = {
  encode(_to, value) {
    throw notEncodable(`typed parameters are only read, yet one is ${String(value)}`);
  },
  decode(from) {
    const tag = from.int();
    switch (tag) {
      case 1:
        return from.int();
      case 2:
        return uint.decode(from);
      case 3:
        return hyper.decode(from);
      case 4:
        return uhyper.decode(from);
      case 5:
        return double.decode(from);
      case 6:
        return bool.decode(from);
      case 7:
        return string.decode(from);
      default:
        throw notDecodable(`a typed parameter has the unknown type ${tag}`);
    }
  },
};

const typedParam = struct({ field: string, value: typedValue });

/** Named values; the last one of a name wins. */
export const typedParams: Codec<TypedParams> = mapped(array(typedParam, MAX_TYPED_PARAMS), {
  toWire: (params: TypedParams) => [...params].map(([field, value]) => ({ field, value })),
  fromWire: (list) => new Map(list.map(({ field, value }) => [field, value])),
});
