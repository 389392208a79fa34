import { setTimeout as delay } from 'node:timers/promises';
import type { CallContext, ImageSource, MutationContext, Owner, PreparedImage, Task } from '@virtrigaud/provider-sdk';
import type { MockHypervisor } from '../hypervisor/mock-hypervisor.ts';
import type { ImageRecord } from '../hypervisor/records.ts';
import { endImport, importImage, isComplete } from '../operations/image.ts';
import { guardOf } from './guard-of.ts';
import { translated } from './provider-error-of.ts';
import { imageSourceOf } from './wanted-of.ts';

/** Imports an image for its owner; where that takes time, it is a task. */
export async function prepareImage(
  host: MockHypervisor,
  { image }: { readonly image: ImageSource },
  call: MutationContext,
): Promise<{ readonly preparedId?: string; readonly task?: Task }> {
  const { uid: id } = call.owner;
  return await translated(async () => {
    const importing = await importImage(host, {
      id,
      source: imageSourceOf(image),
      format: image.format || 'qcow2',
      checksum: image.checksum === '' ? '' : `${image.checksumType || 'sha256'}:${image.checksum}`,
      storage: image.storage || 'default',
      operationId: call.operationId,
      ...guardOf(call),
    });
    if (isComplete(importing)) {
      await endImport(host, { id, signal: call.signal });
      return { preparedId: id };
    }
    const task = call.startTask({ id: taskIdOf(importing), stage: 'importing' }, async (context) => {
      for (let left = leftMs(importing); left > 0; left = leftMs(importing)) {
        context.progress({ percent: percentOf(importing), stage: 'importing' });
        await delay(Math.min(left, 500), undefined, { signal: context.signal });
      }
      await translated(() => endImport(host, { id, signal: context.signal }));
      return { resultId: id };
    });
    return { task };
  });
}

/** What is prepared for that owner; undefined: nothing. */
export async function describeImage(
  host: MockHypervisor,
  { owner }: { readonly owner: Owner; readonly image: ImageSource },
  { signal }: CallContext,
): Promise<PreparedImage | undefined> {
  return await translated(async () => {
    await host.reach('image-describe', { id: owner.uid }, signal);
    const image = await host.images.get(owner.uid);
    if (!image) return undefined;
    const { id: preparedId, sizeBytes: virtualSizeBytes, format } = image;
    const complete = isComplete(image);
    return { preparedId, virtualSizeBytes, format, complete, ...(complete ? {} : { task: taskOf(image) }) };
  });
}

/** The import behind a task id, whichever process began it: it goes on at the hypervisor. */
export async function findImageTask(
  host: MockHypervisor,
  taskId: string,
  { signal }: CallContext,
): Promise<Task | undefined> {
  return await translated(async () => {
    await host.reach('task', {}, signal);
    const image = [...(await host.images.list()).values()].find((candidate) => taskIdOf(candidate) === taskId);
    return image && taskOf(image);
  });
}

function taskOf(image: ImageRecord): Task {
  const complete = isComplete(image);
  return {
    id: taskIdOf(image),
    operationId: image.operationId,
    kind: 'ImagePrepare',
    state: complete ? 'Succeeded' : 'Running',
    progressPercent: percentOf(image),
    stage: 'importing',
    startedAt: new Date(image.startedAt),
    cancellable: false,
    ...(complete ? { resultId: image.id, finishedAt: new Date(image.completeAt) } : {}),
  };
}

function taskIdOf({ id, operationId }: ImageRecord): string {
  return `ImagePrepare/${id}/${operationId}`;
}

function leftMs({ completeAt }: ImageRecord): number {
  return completeAt - Date.now();
}

function percentOf({ startedAt, completeAt }: ImageRecord): number {
  if (completeAt <= Date.now()) return 100;
  return Math.floor(((Date.now() - startedAt) * 100) / (completeAt - startedAt));
}
