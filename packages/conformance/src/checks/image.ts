import {
  Code,
  Reason,
  TaskState,
  type ImageRef,
  type Owner,
  type PartialMessage,
  type VirtualMachineState,
} from '@virtrigaud/grpc-contract/client';
import { randomUUID } from 'node:crypto';
import type { Check } from '../check.ts';
import { ConformanceError } from '../check-failure.ts';
import type { Profile } from '../profile.ts';
import { mutationOf } from '../runner/requests.ts';
import type { Scene } from '../runner/scene.ts';
import { untouched } from './bystander.ts';

type Image = PartialMessage<ImageRef>;

const prepare = (scene: Scene, owner: Owner, image: Image, term = 1n) =>
  scene.calls.mutate('imagePrepare', { mutation: mutationOf('image', owner, { parameters: image, term }), image });

/** An owner who never had an image. */
const stranger = (scene: Scene) => scene.owner('image', { kind: 'VMImage' });

/** Holds that preparing fails so, at once or in its task, and that nothing is prepared then. */
async function failsToPrepare(
  scene: Scene,
  image: Image,
  { reason, because }: { readonly reason: Reason; readonly because: string },
): Promise<void> {
  const owner = stranger(scene);
  const refusal = { code: Code.FAILED_PRECONDITION, reason, because };
  const outcome = await prepare(scene, owner, image);
  if (outcome.ok) {
    const { task } = outcome.answer;
    const end = task?.state === TaskState.RUNNING ? await scene.calls.ended(task.id) : task;
    scene.verdict.holds({
      holds: end?.state === TaskState.FAILED && end.error?.code === refusal.code && end.error.reason === reason,
      expected: `a task that fails with FAILED_PRECONDITION, reason ${reason}, since ${because}`,
      came: end ?? 'no task',
    });
  } else {
    scene.verdict.refused(outcome, refusal);
  }
  await isAbsent(scene, { owner, image });
}

async function isAbsent(scene: Scene, asked: { readonly owner: Owner; readonly image: Image }): Promise<void> {
  scene.verdict.refused(await scene.calls.send('imageDescribe', asked), {
    code: Code.NOT_FOUND,
    reason: Reason.ImageAbsent,
    because: 'nothing was prepared for that owner',
  });
}

/** The image of another file, which nobody has. */
function missing({ path, url, template, ...image }: NonNullable<Profile['image']>): Image {
  const gone = `no-such-${randomUUID()}`;
  if (path !== undefined) return { ...image, path: `${path.slice(0, path.lastIndexOf('/') + 1)}${gone}` };
  return url !== undefined ? { ...image, url: `${url}-${gone}` } : { ...image, template: `${template ?? ''}-${gone}` };
}

const rootOf = ({ disks }: VirtualMachineState) => disks.find(({ root }) => root);

const base = { capability: 'IMAGE_PREPARE' } as const;
const INVALID = { code: Code.INVALID_ARGUMENT } as const;

/** What VMs are made from. */
export const imageChecks: readonly Check[] = [
  {
    ...base,
    id: 'image/described',
    title: 'a prepared image is described as complete, with its id, its size and its format',
    proves: 'ImageDescribe: the prepared image, and whether all of it is there.',
    run: async (scene) => {
      const { id, ...asked } = scene.preparedImage();
      const seen = scene.verdict.accepted(await scene.calls.send('imageDescribe', asked));
      scene.verdict.holds({
        holds: seen.preparedId === id && seen.complete && seen.virtualSizeBytes > 0n && seen.format !== '',
        expected: `prepared_id ${id}, complete, with virtual_size_bytes and format`,
        came: seen,
      });
    },
  },
  {
    ...base,
    id: 'image/prepared-again',
    title: 'the same ImagePrepare again answers the same image',
    proves: 'Image preparation is edge-triggered: the effect happens at most once.',
    run: async (scene) => {
      const { id, owner, image } = scene.preparedImage();
      for (const time of ['the first time', 'the second time']) {
        const { task } = scene.verdict.accepted(await prepare(scene, owner, image));
        const end = task?.state === TaskState.RUNNING ? await scene.calls.ended(task.id) : task;
        scene.verdict.holds({ holds: end?.resultId === id, expected: `result_id ${id}, ${time}`, came: end });
      }
    },
  },
  {
    ...base,
    id: 'image/of-nobody',
    title: 'ImageDescribe for an owner for whom nothing was prepared is IMAGE_ABSENT',
    proves: 'NOT_FOUND, IMAGE_ABSENT: asked, and no image is prepared for this owner.',
    run: async (scene) => {
      await isAbsent(scene, { owner: stranger(scene), image: scene.preparedImage().image });
    },
  },
  {
    ...base,
    id: 'image/source-missing',
    title: 'an image whose source is not there cannot be prepared, and leaves nothing',
    proves: 'DEPENDENCY_MISSING: something that the request names is missing.',
    run: async (scene) => {
      const { image } = scene.preparedImage();
      await failsToPrepare(scene, missing(image), {
        reason: Reason.DependencyMissing,
        because: 'there is no such source',
      });
    },
  },
  {
    ...base,
    id: 'image/wrong-checksum',
    title: 'an image of other bytes than its checksum says cannot be prepared, and leaves nothing',
    proves: 'CHECKSUM_MISMATCH: the bytes are not those that the checksum is of.',
    run: async (scene) => {
      const { image } = scene.preparedImage();
      if (image.path === undefined && image.url === undefined) {
        throw new ConformanceError({
          kind: 'not-applicable',
          why: "the profile's image is a template: no bytes of it pass",
        });
      }
      await failsToPrepare(
        scene,
        { ...image, checksum: 'ab'.repeat(32), checksumType: 'sha256' },
        { reason: Reason.ChecksumMismatch, because: 'no bytes are known to have that checksum' },
      );
    },
  },
  {
    ...base,
    id: 'image/needs-a-source',
    title: 'ImagePrepare without a source is refused',
    proves: 'INVALID_ARGUMENT: BadRequest names the field.',
    run: async (scene) => {
      const outcome = await prepare(scene, stranger(scene), {});
      scene.verdict.refused(outcome, { ...INVALID, because: 'no image was named' });
    },
  },
  {
    ...base,
    id: 'image/needs-an-owner',
    title: 'ImagePrepare without an owner is refused',
    proves: "Owner: whose object this is; for images a VMImage's.",
    run: async (scene) => {
      const { owner, image } = scene.preparedImage();
      const { operationId, term } = mutationOf('image', owner);
      const outcome = await scene.calls.send('imagePrepare', { mutation: { operationId, term }, image });
      scene.verdict.refused(outcome, { ...INVALID, because: 'nobody would own the image' });
    },
  },
  {
    ...base,
    id: 'image/of-an-old-leader',
    title: 'ImagePrepare of an old leader is refused, and prepares nothing',
    proves: 'A provider answers a lower term ABORTED, reason STALE_TERM.',
    run: async (scene) => {
      const { image } = scene.preparedImage();
      const owner = stranger(scene);
      const { clusterId } = scene;
      scene.verdict.accepted(await scene.calls.send('getProviderInfo', { clusterId, term: 5n }));
      scene.verdict.refused(await prepare(scene, owner, image, 4n), {
        code: Code.ABORTED,
        reason: Reason.StaleTerm,
        because: 'a leader with a higher term was seen',
      });
      await isAbsent(scene, { owner, image });
    },
  },
  {
    ...base,
    id: 'image/not-prepared',
    title: 'a Create from an image that nobody prepared is refused, and makes nothing',
    proves: 'DEPENDENCY_MISSING: something that the request names is missing.',
    run: async (scene) => {
      const preparedId = `${scene.preparedImage().id}-of-nobody`;
      const owner = scene.owner();
      const spec = { boot: { source: { $case: 'image' as const, value: { preparedId } } } };
      scene.verdict.refused(await scene.calls.mutate('create', scene.createRequest(owner, { spec })), {
        code: Code.FAILED_PRECONDITION,
        reason: Reason.DependencyMissing,
        because: 'there is no such image',
      });
      scene.verdict.refused(await scene.calls.send('describe', { owner }), {
        code: Code.NOT_FOUND,
        reason: Reason.VmAbsent,
        because: 'what is refused makes nothing',
      });
    },
  },
  {
    ...base,
    id: 'image/disks-of-their-own',
    title: 'two VMs of one image have a root disk each, as large as the image',
    proves: 'A prepared image never becomes the disk of a VM.',
    run: async (scene) => {
      const { id: _id, ...asked } = scene.preparedImage();
      const { virtualSizeBytes } = scene.verdict.accepted(await scene.calls.send('imageDescribe', asked));
      const roots = [rootOf(await scene.create(scene.owner('one'))), rootOf(await scene.create(scene.owner('two')))];
      scene.verdict.holds({
        holds: roots.every((root) => root !== undefined && root.sizeBytes >= virtualSizeBytes),
        expected: `two root disks of at least ${String(virtualSizeBytes)} bytes`,
        came: roots,
      });
      scene.verdict.holds({
        holds: roots[0]?.id !== roots[1]?.id && roots[0]?.path !== roots[1]?.path,
        expected: 'two root disks that are not the same',
        came: roots,
      });
    },
  },
  {
    ...base,
    id: 'image/outlives-its-vms',
    title: 'an image and the other VMs of it are as before when one of them is deleted',
    proves: 'A prepared image never becomes the disk of a VM.',
    run: async (scene) => {
      const { id, ...asked } = scene.preparedImage();
      const gone = scene.owner('gone');
      await scene.create(gone);
      const left = await scene.create(scene.owner('left'));
      await scene.succeed(await scene.delete(gone));
      await untouched(scene, left);
      const described = await scene.calls.send('imageDescribe', asked);
      scene.verdict.holds({
        holds: described.ok && described.answer.complete && described.answer.preparedId === id,
        expected: `the image ${id}, complete`,
        came: described.ok ? described.answer : described.error.message,
      });
    },
  },
];
