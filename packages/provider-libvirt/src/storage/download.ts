import { LibvirtError, type LibvirtApi, type VolumeRef } from '@virtrigaud/libvirt-client';
import { ProviderError } from '@virtrigaud/provider-sdk';

/**
 * libvirt 9.0.0 now and then ends a download before its first byte, or never begins it (measured: 10 of 1,500 on a busy machine). So
 * what was asked for is counted, and asked for again.
 */
const TRIES = 6;
const QUIET_MS = 3_000;

/** The first `bytes` bytes of a volume that has so many. */
export async function downloadStart(
  libvirt: LibvirtApi,
  volume: VolumeRef,
  { bytes, signal }: { readonly bytes: number; readonly signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  return again(volume, async () => {
    const chunks: Uint8Array[] = [];
    const options = { lengthBytes: BigInt(bytes), timeoutMs: QUIET_MS, signal };
    for await (const chunk of libvirt.volDownload(volume, options)) chunks.push(chunk);
    const content = Buffer.concat(chunks);
    return content.length === bytes ? content : undefined;
  });
}

/** Repeats what answers undefined when a download came short, or that times out; anything else is thrown at once. */
export async function again<T>(volume: VolumeRef, attempt: () => Promise<T | undefined>): Promise<T> {
  let cause: unknown;
  for (let tries = 1; tries <= TRIES; tries += 1) {
    try {
      const result = await attempt();
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof LibvirtError) || error.kind !== 'timeout') throw error;
      cause = error;
    }
  }
  throw new ProviderError('Unavailable', {
    reason: 'DOWNLOAD_INCOMPLETE',
    message: `volume ${volume.key} could not be read to its end, ${String(TRIES)} times; it is tried again later`,
    cause,
  });
}
