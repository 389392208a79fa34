import type {
  ImageDescribeRequest,
  ImageDescribeResponse,
  ImagePrepareRequest,
  ServerCall,
  TaskResponse,
} from '@virtrigaud/grpc-contract/server';
import type { ImageSource } from '../domain/vm-spec.ts';
import { capabilityMissing, imageAbsent, invalidField } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { decodeOwner } from '../wire/decode-mutation.ts';
import { decodeImage } from '../wire/decode-spec.ts';
import { encodeTask } from '../wire/encode-task.ts';
import { mutate, taskResponse } from './mutate.ts';

/** ImagePrepare: brings an image to where VMs are made from it. The task's result is the prepared image's id. */
export async function imagePrepare(
  runtime: Runtime,
  request: ImagePrepareRequest,
  call: ServerCall,
): Promise<TaskResponse> {
  const { implementation } = runtime;
  const image = requireSource(decodeImage(request.image));
  const answer = await mutate(runtime, call, {
    kind: 'ImagePrepare',
    mutation: request.mutation,
    effect: async ({ session, context }) => {
      if (!implementation.prepareImage) throw capabilityMissing('prepare images');
      return implementation.prepareImage(session, { image }, context);
    },
  });
  return taskResponse('ImagePrepare', { ...answer, resultId: answer.preparedId });
}

function requireSource(image: ImageSource): ImageSource {
  if (image.template !== '' || image.path !== '' || image.url !== '') return image;
  throw invalidField('image', 'names neither template, path nor url: there is nothing to prepare');
}

/** ImageDescribe: asks whether an image is prepared. IMAGE_ABSENT means that it is not. */
export async function imageDescribe(
  runtime: Runtime,
  request: ImageDescribeRequest,
  call: ServerCall,
): Promise<ImageDescribeResponse> {
  const { implementation, keeper } = runtime;
  const asked = { owner: decodeOwner(request.owner, 'owner'), image: decodeImage(request.image) };
  const prepared = await keeper.use(async (session) => {
    if (!implementation.describeImage) throw capabilityMissing('describe images');
    return implementation.describeImage(session, asked, readContext(runtime, call));
  });
  if (!prepared) throw imageAbsent(`image ${asked.owner.namespace}/${asked.owner.name}`);
  return {
    preparedId: prepared.preparedId,
    virtualSizeBytes: BigInt(prepared.virtualSizeBytes),
    format: prepared.format,
    complete: prepared.complete,
    task: prepared.task && encodeTask(prepared.task),
  };
}
