import { HypervisorError } from '../hypervisor/hypervisor-error.ts';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { ImageRecord } from '../hypervisor/records.ts';
import type { EffectGuard } from './effect-guard.ts';
import type { WantedSource } from './wanted.ts';

/** How large every image is. */
export const imageSizeBytes = 2 * 1024 ** 3;

/** What to import, for whom. */
export interface ImportCall extends EffectGuard {
  /** uid of the owner: the image's id. */
  readonly id: string;
  readonly source: string;
  readonly format: string;
  readonly checksum: string;
  readonly storage: string;
  readonly operationId: string;
}

/**
 * Starts to import an image for an owner, or answers the import that runs or is done. It takes as long as the knobs say.
 *
 * @throws `HypervisorError` `NoSuchImage` when the source is not there, `WrongChecksum` when it has other bytes.
 */
export async function importImage(host: MockHypervisor, call: ImportCall): Promise<ImageRecord> {
  const { id, source, format, checksum, storage, operationId } = call;
  await host.reach('image-prepare', { id }, call.signal);
  await requireSource(host, { kind: 'source', source });
  const { importMs, checksums } = await host.knobs.read();
  requireChecksum(call, checksums[source]);
  call.beforeEffect();
  const startedAt = Date.now();
  const image = await host.images.update(id, (current) =>
    current?.source === source
      ? current
      : {
          id,
          source,
          checksum,
          storage,
          operationId,
          sizeBytes: imageSizeBytes,
          format,
          startedAt,
          completeAt: startedAt + importMs,
        },
  );
  await host.pass('image-prepare.claim', { id }, call.signal);
  if (!image) throw new HypervisorError('NoSuchImage', `the image ${id} vanished while it was imported`);
  return image;
}

function requireChecksum({ source, checksum }: ImportCall, sha256: string | undefined): void {
  if (sha256 === undefined || checksum === '' || checksum === `sha256:${sha256}`) return;
  const message = `${source} has sha256:${sha256}, not ${checksum}; replace it, or correct the checksum`;
  throw new HypervisorError('WrongChecksum', message);
}

/** The end of an import: one that fails leaves nothing. */
export async function endImport(
  host: MockHypervisor,
  { id, signal }: Pick<ImportCall, 'id' | 'signal'>,
): Promise<void> {
  try {
    await host.pass('image-prepare.import', { id }, signal);
  } catch (error) {
    await host.images.update(id, () => null);
    throw error;
  }
}

/** Whether all of an image is there. */
export function isComplete(image: ImageRecord): boolean {
  return image.completeAt <= Date.now();
}

/** @throws `HypervisorError` `NoSuchImage`. */
export async function requireSource(host: MockHypervisor, source: WantedSource): Promise<void> {
  switch (source.kind) {
    case 'empty':
      return;
    case 'prepared': {
      const image = await host.images.get(source.id);
      if (!image || !isComplete(image)) throw noSuchImage(`the prepared image ${source.id}`);
      return;
    }
    case 'source': {
      const { images } = await host.knobs.read();
      if (images && !images.includes(source.source)) throw noSuchImage(`the image ${source.source}`);
    }
  }
}

export async function imageSizeOf(host: MockHypervisor, source: WantedSource): Promise<number> {
  if (source.kind === 'prepared') return (await host.images.get(source.id))?.sizeBytes ?? 0;
  return source.kind === 'source' ? imageSizeBytes : 0;
}

function noSuchImage(what: string): HypervisorError {
  return new HypervisorError('NoSuchImage', `${what} is not there`);
}
