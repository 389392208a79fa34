import { describe, expect, it } from '@jest/globals';
import { aCreateRequest, aMutation, anOwner } from '@virtrigaud/provider-sdk/testing';
import { withReplicas } from '../src/testing/served.ts';
import { until } from '../src/testing/until.ts';
import { calls, webOwner } from '../src/testing/web.ts';
import { Status, Wire } from '../src/testing/wire.ts';

const owner = webOwner;
const image = anOwner('tiny', { kind: 'VMImage' });

describe('long work', () => {
  it('P30 is accepted at once when an image takes long, and is found from any replica', () =>
    withReplicas(async ({ client, other, truth }) => {
      await truth.setKnobs({ importMs: 300 });
      const request = { mutation: aMutation(image, 'prepare'), image: { path: '/images/tiny.qcow2' } };
      const { task } = await client.imagePrepare(request, calls);
      expect(task).toMatchObject({ state: Wire.task.running, kind: 'ImagePrepare' });
      expect((await other.taskStatus({ id: task!.id }, calls)).task?.state).toBe(Wire.task.running);
      await until(async () => (await client.taskStatus({ id: task!.id }, calls)).task?.state === Wire.task.succeeded);
      expect((await other.taskStatus({ id: task!.id }, calls)).task).toMatchObject({
        state: Wire.task.succeeded,
        resultId: image.uid,
      });
      const described = await other.imageDescribe({ owner: image, image: request.image }, calls);
      expect(described).toMatchObject({ preparedId: image.uid, complete: true, format: 'qcow2' });
      // Asked again, it is done.
      expect((await other.imagePrepare(request, calls)).task).toMatchObject({
        state: Wire.task.succeeded,
        resultId: image.uid,
      });
    }));

  it('says that nothing is prepared, and that a source is not there', () =>
    withReplicas(async ({ client, truth }) => {
      await truth.setKnobs({ images: ['there'] });
      const missing = { path: 'missing' };
      await expect(client.imageDescribe({ owner: image, image: missing }, calls)).rejects.toMatchObject({
        reason: 'IMAGE_ABSENT',
      });
      const prepare = client.imagePrepare({ mutation: aMutation(image, 'prepare'), image: missing }, calls);
      await expect(prepare).rejects.toMatchObject({ reason: 'DEPENDENCY_MISSING' });
    }));

  it('leaves nothing of an import that failed', () =>
    withReplicas(async ({ client, truth }) => {
      await truth.setKnobs({ importMs: 50 });
      const effect = { kind: 'fail', code: 'FailedPrecondition', reason: 'CHECKSUM_MISMATCH' } as const;
      await truth.addFaults({ id: 'sum', point: 'image-prepare.import', times: 1, effect });
      const request = {
        mutation: aMutation(image, 'prepare'),
        image: { path: 'x', checksum: 'ab', checksumType: 'sha512' },
      };
      const { task } = await client.imagePrepare(request, calls);
      await until(async () => (await client.taskStatus({ id: task!.id }, calls)).task?.state === Wire.task.failed);
      expect((await client.taskStatus({ id: task!.id }, calls)).task?.error).toMatchObject({
        code: Status.failedPrecondition,
        reason: 'CHECKSUM_MISMATCH',
      });
      expect(await truth.images()).toEqual([]);
      await client.imagePrepare(request, calls);
      expect(await truth.images()).toMatchObject([{ checksum: 'sha512:ab', source: 'x' }]);
    }));

  it('copies a disk as a task, during which the VM is there and being created', () =>
    withReplicas(async ({ client, truth }) => {
      await truth.setKnobs({ copyMs: 300 });
      const { id, task } = await client.create(aCreateRequest(owner, { initialPower: Wire.power.on }), calls);
      expect(task).toMatchObject({ state: Wire.task.running, vmId: id, cancellable: true });
      expect((await client.describe({ owner }, calls)).vm).toMatchObject({
        lifecycle: Wire.lifecycle.creating,
        pendingOperationId: `create-${owner.uid}-1`,
      });
      // The same operation asked for again is the same task.
      const again = await client.create(aCreateRequest(owner, { initialPower: Wire.power.on }), calls);
      expect(again.task?.id).toBe(task?.id);
      await until(async () => (await client.taskStatus({ id: task!.id }, calls)).task?.state === Wire.task.succeeded);
      expect((await client.describe({ owner }, calls)).vm).toMatchObject({
        lifecycle: Wire.lifecycle.ready,
        powerState: Wire.power.on,
      });
      expect(await truth.vms()).toHaveLength(1);
    }));

  it('P14 is cancelled, and a deletion through another replica leaves nothing', () =>
    withReplicas(async ({ client, other, truth }) => {
      await truth.setKnobs({ copyMs: 60_000 });
      const { task } = await client.create(aCreateRequest(owner), calls);
      const cancelled = await client.cancelTask({ id: task!.id, term: 1n, clusterId: owner.clusterId }, calls);
      expect(cancelled.task?.id).toBe(task?.id);
      await until(async () => (await client.taskStatus({ id: task!.id }, calls)).task?.state === Wire.task.cancelled);
      expect((await truth.vms()).map(({ lifecycle }) => lifecycle)).toEqual(['creating']);
      await other.delete({ mutation: aMutation(owner, 'delete') }, calls);
      expect(await truth.vms()).toEqual([]);
      expect(await truth.volumes()).toEqual([]);
    }));
});

describe('the stream of VMs', () => {
  it('tells what happens behind every back, goes stale when blind, and comes back', () =>
    withReplicas(async ({ client, truth }) => {
      const seen: string[] = [];
      const stop = new AbortController();
      const stream = client.watchVMs(
        { clusterId: owner.clusterId },
        { ...calls, signal: stop.signal, timeoutMs: 60_000 },
      );
      const reading = (async () => {
        for await (const { event } of stream) {
          if (event?.$case === 'upsert') seen.push(`${event.value.name} ${event.value.powerState}`);
          else if (event?.$case === 'bookmark') seen.push(event.value.initialListDone ? 'listed' : 'bookmark');
          else if (event) seen.push(event.$case);
        }
      })().catch(() => undefined);

      await until(() => seen.includes('listed'));
      await truth.define({ name: 'a' });
      await until(() => seen.includes('a 2'));
      await truth.change('a', { power: 'on' });
      await until(() => seen.includes('a 1'));
      await truth.setKnobs({ blind: true });
      await until(() => seen.includes('stale'));
      await truth.define({ name: 'b' });
      await truth.remove('a');
      await truth.setKnobs({ blind: false });
      await until(() => seen.includes('b 2') && seen.includes('gone'));
      stop.abort();
      await reading;
    }));
});
