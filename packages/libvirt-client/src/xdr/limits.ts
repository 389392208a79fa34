/** Longest packet, its length word included: what libvirt itself accepts. */
export const MAX_PACKET_BYTES = 33_554_432 + 4;
/** Longest payload of a packet. */
export const MAX_PAYLOAD_BYTES = 33_554_408;
/** Longest string on the wire. */
export const MAX_STRING_BYTES = 4_194_304;
/** Most items of any list: libvirt's own bound for domains, volumes, pools and networks. */
export const MAX_LIST_ITEMS = 16_384;
/** Most typed parameters of one object. */
export const MAX_TYPED_PARAMS = 4_096;
/** Most bytes of data in one stream packet, by libvirt's own bound. */
export const MAX_STREAM_CHUNK_BYTES = 262_120;
