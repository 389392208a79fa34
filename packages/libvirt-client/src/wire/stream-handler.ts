import type { LibvirtError } from '../libvirt-error.ts';

/** Takes what comes on a stream. */
export interface StreamHandler {
  /** The call that opens the stream was answered; nothing of the stream comes before. */
  opened(serial: number): void;
  /** Bytes; none is the end of a download. */
  data(payload: Buffer): void;
  /** libvirtd confirmed the end. */
  finished(): void;
  /** libvirtd ended the stream with an error, or the connection is gone. */
  failed(error: LibvirtError): void;
}
