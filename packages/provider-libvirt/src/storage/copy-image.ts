import {
  connectLibvirt,
  volumeXml,
  XmlElement,
  type LibvirtApi,
  type PoolRef,
  type VolumeRef,
} from '@virtrigaud/libvirt-client';
import { ProviderError, Reason } from '@virtrigaud/provider-sdk';
import { createHash } from 'node:crypto';
import { again, downloadStart } from './download.ts';
import { HEADER_BYTES, readImageHeader, type ImageHeader } from './image-header.ts';
import { deleteVolume } from './pool.ts';
import { qcow2Xml } from './qcow2-xml.ts';

/** Only QEMU, to whom libvirt gives it, and root may read it; nobody writes it. */
const READ_ONLY = { mode: '0400' };

/** What to copy, and how it has to turn out. */
export interface ImageCopy {
  readonly libvirt: LibvirtApi;
  readonly uri: string;
  readonly source: VolumeRef;
  readonly pool: PoolRef;
  readonly name: string;
  /** Of the source; empty: not given. */
  readonly checksum: string;
  readonly checksumType: string;
  readonly signal: AbortSignal;
  readonly progress: (percent: number) => void;
}

/**
 * Copies an image into a pool as qcow2, with its checksum taken of the very bytes that were copied. A raw one is copied first and
 * converted then. On failure nothing half-made is left.
 */
export async function copyImage(copy: ImageCopy): Promise<{ virtualSizeBytes: number; sha256: string }> {
  const staged = `${copy.name}.part`;
  const { libvirt, pool, name } = copy;
  await deleteVolume(libvirt, pool, staged);
  try {
    // Volumes cannot be renamed: where the bytes go depends on whether they are converted afterwards.
    const header = await peek(copy);
    if (header.kind === 'raw') {
      const sha256 = await stream(copy, staged);
      return { virtualSizeBytes: await convert(copy, staged), sha256 };
    }
    return { virtualSizeBytes: header.virtualSizeBytes, sha256: await stream(copy, name) };
  } catch (error) {
    await deleteVolume(libvirt, pool, staged);
    await deleteVolume(libvirt, pool, name);
    throw error;
  }
}

type UsableHeader = Exclude<ImageHeader, { kind: 'refused' }>;

async function peek({ libvirt, source, signal }: ImageCopy): Promise<UsableHeader> {
  return usable(source, await downloadStart(libvirt, source, { bytes: HEADER_BYTES, signal }));
}

function usable(source: VolumeRef, bytes: Uint8Array): UsableHeader {
  const header = readImageHeader(bytes);
  if (header.kind !== 'refused') return header;
  throw new ProviderError('InvalidArgument', {
    reason: Reason.InvalidField,
    message: `${source.key} cannot be used as an image: ${header.why}`,
  });
}

/** Copies the bytes as they are. Reading and writing go through connections of their own: on one, each could wait for the other. */
async function stream(copy: ImageCopy, name: string): Promise<string> {
  const { libvirt, uri, source, pool, signal } = copy;
  const sizeBytes = await fileSizeOf(libvirt, source);
  const reader = await connectLibvirt({ uri, signal });
  try {
    return await again(source, async () => {
      await deleteVolume(libvirt, pool, name);
      const target = await libvirt.volCreateXml(
        pool,
        volumeXml({ name, capacityBytes: 0n, format: 'raw', permissions: READ_ONLY }),
        { signal },
      );
      const check = new StreamCheck(copy, sizeBytes);
      const bytes = check.through(reader.volDownload(source, { signal, timeoutMs: QUIET_MS }));
      const copied = await libvirt.volUpload(target, bytes, { signal, timeoutMs: QUIET_MS });
      return Number(copied) === sizeBytes ? check.finish() : undefined;
    });
  } finally {
    await reader.close();
  }
}

/** Size of the file itself: neither what a guest would see nor what it takes on the disk. */
async function fileSizeOf(libvirt: LibvirtApi, source: VolumeRef): Promise<number> {
  const volume = XmlElement.parse(await libvirt.volGetXmlDesc(source));
  return Number(volume.textAt('physical') ?? volume.textAt('capacity') ?? 0);
}

/** Looks at what passes by: its header, its checksums, how much of it there was. */
class StreamCheck {
  readonly #copy: ImageCopy;
  readonly #sizeBytes: number;
  readonly #sha256 = createHash('sha256');
  readonly #wanted: ReturnType<typeof createHash>;
  #head = Buffer.alloc(0);
  #passed = 0;

  constructor(copy: ImageCopy, sizeBytes: number) {
    this.#copy = copy;
    this.#sizeBytes = sizeBytes;
    this.#wanted = createHash(copy.checksumType || 'sha256');
  }

  async *through(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    for await (const chunk of source) {
      if (this.#head.length < HEADER_BYTES) {
        this.#head = Buffer.concat([this.#head, chunk]).subarray(0, HEADER_BYTES);
        // Looked at again: it may have been replaced since.
        if (this.#head.length === HEADER_BYTES) usable(this.#copy.source, this.#head);
      }
      this.#sha256.update(chunk);
      this.#wanted.update(chunk);
      this.#passed += chunk.length;
      this.#copy.progress(this.#sizeBytes === 0 ? 0 : Math.min(99, (this.#passed * 100) / this.#sizeBytes));
      yield chunk;
    }
  }

  finish(): string {
    const { checksum, checksumType, source } = this.#copy;
    const found = this.#wanted.digest('hex');
    if (checksum !== '' && found !== checksum.toLowerCase()) {
      throw new ProviderError('FailedPrecondition', {
        reason: Reason.ChecksumMismatch,
        message: `${source.key} has ${checksumType || 'sha256'} ${found}, not ${checksum}: replace the file, or correct the checksum`,
      });
    }
    return this.#sha256.digest('hex');
  }
}

async function convert({ libvirt, pool, name, signal }: ImageCopy, staged: string): Promise<number> {
  const raw = await libvirt.volLookupByName(pool, staged, { signal });
  const { capacityBytes } = await libvirt.volGetInfo(raw, { signal });
  const xml = qcow2Xml({ name, capacityBytes, permissions: READ_ONLY });
  await libvirt.volCreateXmlFrom(pool, { xml, source: raw }, { signal, timeoutMs: CONVERT_TIMEOUT_MS });
  await libvirt.volDelete(raw, { signal });
  return Number(capacityBytes);
}

/** Disks may be slow; without any byte for so long, the copy is begun anew. */
const QUIET_MS = 30_000;
const CONVERT_TIMEOUT_MS = 7_200_000;
