import { Capability, type Owner, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { createHash } from 'node:crypto';
import { ConformanceError } from '../check-failure.ts';
import type { Profile } from '../profile.ts';
import { Calls } from './calls.ts';
import { Journal } from './journal.ts';
import { isBeyondIt } from './outcome.ts';
import { mutationOf } from './requests.ts';
import { showError } from './show.ts';

/** Where an image is prepared. */
export interface ImageTools {
  readonly client: ProviderClient;
  readonly profile: Profile;
  readonly capabilities: readonly Capability[];
  readonly clusterId: string;
  readonly signal: AbortSignal;
}

/**
 * Prepares the profile's image where the provider has the capability, and answers its id. The contract has no call that removes a
 * prepared image: the same image of a later run is the same owner's, and is there already.
 */
export async function prepareImage(tools: ImageTools): Promise<string | undefined> {
  const { client, profile, capabilities, clusterId, signal } = tools;
  const { image } = profile;
  if (!image || image.preparedId !== undefined || !capabilities.includes(Capability.IMAGE_PREPARE)) return undefined;
  const owner = imageOwner(profile, image, clusterId);
  const calls = new Calls(client, profile, { journal: new Journal(), signal });
  const outcome = await calls.mutate('imagePrepare', {
    mutation: mutationOf('image', owner, { parameters: image }),
    image,
  });
  // The checks that need the image say so.
  if (!outcome.ok && isBeyondIt(outcome.error)) return undefined;
  if (!outcome.ok) throw unusable(showError(outcome.error));
  const { task } = outcome.answer;
  const done = task && (await calls.ended(task.id));
  const preparedId = done?.resultId ?? task?.resultId ?? '';
  if (preparedId !== '') return preparedId;
  throw unusable(done?.error?.message ?? 'its task ended without a result');
}

/** Whose the profile's image is: in every run the same, so that it is there already. */
export function imageOwner({ namePrefix }: Profile, image: NonNullable<Profile['image']>, clusterId: string): Owner {
  return { clusterId, namespace: namePrefix, name: 'image', uid: uidOf(image), kind: 'VMImage' };
}

function unusable(why: string): ConformanceError {
  return new ConformanceError({ kind: 'misused', why: `the profile's image cannot be prepared: ${why}` });
}

/** A UUID that follows from the image. */
function uidOf(image: NonNullable<Profile['image']>): string {
  const hex = createHash('sha256').update(JSON.stringify(image)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
