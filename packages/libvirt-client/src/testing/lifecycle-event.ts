import { domain } from '../procedures/wire-types.ts';
import { encodePacket, PacketType } from '../wire/packet.ts';
import { encodeWith, int, struct } from '../xdr/codec.ts';

const message = struct({ callbackId: int, domain, event: int, detail: int });

/** A lifecycle event of a domain `vm`, as bytes. */
export function lifecycleEvent(callbackId: number, event: number): Buffer {
  const vm = { name: 'vm', uuid: '6695eb01-f6a4-8304-79aa-97f2502e193f', id: 1 };
  return encodePacket(
    { program: 0x2000_8086, procedure: 318, type: PacketType.event, serial: 0, status: 0 },
    encodeWith(message, { callbackId, domain: vm, event, detail: 0 }),
  );
}
