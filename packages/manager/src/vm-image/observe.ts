import { parseVMImage, type Provider, type VMImage } from '@virtrigaud/api-types';
import { Capability, TaskState } from '@virtrigaud/grpc-contract/client';
import type { Clock, KubeObject, ObjectKey } from '@virtrigaud/kube-runtime';
import { imageRefOf } from '../virtual-machine/desired/boot-source.ts';
import type { ProviderView } from '../virtual-machine/observed.ts';
import type { ProviderSite } from '../virtual-machine/ports.ts';
import { taskSilenceMs } from '../virtual-machine/observe.ts';
import type { CopyMemory, CopyTask, ObservedCopy, ObservedImage } from './observed.ts';

/** A Provider, by its key parts. */
interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** What an observation of an image reads; all of it is in memory. */
export interface ImageObserveDeps {
  readonly raw: (key: ObjectKey) => KubeObject | undefined;
  /** The Providers at which a VirtualMachine that is not made yet waits for the image. */
  readonly neededAt: (key: ObjectKey) => readonly Place[];
  readonly provider: (place: Place) => Provider | undefined;
  readonly view: (place: Place, namespace: string) => ProviderView;
  readonly site: (place: Place) => ProviderSite | undefined;
  readonly memory: ImageMemory;
  readonly clock: Clock;
}

const nothing: CopyMemory = { answer: undefined, taskId: undefined, lookedFor: undefined, failure: undefined };

/** What this process remembers of each copy. Losing it costs an ImageDescribe. */
export class ImageMemory {
  readonly #copies = new Map<string, CopyMemory>();

  get(uid: string, { namespace, name }: Place): CopyMemory {
    return this.#copies.get(`${uid}/${namespace}/${name}`) ?? nothing;
  }

  update(uid: string, { namespace, name }: Place, change: Partial<CopyMemory>): void {
    this.#copies.set(`${uid}/${namespace}/${name}`, { ...this.get(uid, { namespace, name }), ...change });
  }

  /** What is known may not hold any more: it is asked for again, unless somebody works on it. */
  doubt(uid: string, place: Place): void {
    if (this.get(uid, place).taskId === undefined) this.update(uid, place, { answer: undefined, failure: undefined });
  }

  /** Forgets all copies at a Provider. */
  forgetPlace({ namespace, name }: Place): void {
    for (const key of this.#copies.keys()) if (key.endsWith(`/${namespace}/${name}`)) this.#copies.delete(key);
  }

  forget(uid: string): void {
    for (const key of this.#copies.keys()) if (key.startsWith(`${uid}/`)) this.#copies.delete(key);
  }
}

/** Gathers everything that a decision about an image may depend on; undefined: there is no such object. */
export function observeImage(key: ObjectKey, deps: ImageObserveDeps): ObservedImage | undefined {
  const raw = deps.raw(key);
  if (!raw) return undefined;
  const parsed = parseVMImage(raw);
  const invalid = parsed.ok ? undefined : parsed.issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  const image = parsed.ok ? parsed.value : (raw as unknown as VMImage);
  const monotonicMs = deps.clock.monotonicMs();
  const places = new Map(
    [...(image.status?.providers ?? []), ...deps.neededAt(key)].map((place) => [
      `${place.namespace}/${place.name}`,
      place,
    ]),
  );
  const copies =
    invalid !== undefined
      ? []
      : [...places.values()].flatMap((place) => observeCopy(image, place, { deps, monotonicMs }) ?? []);
  copies.sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1));
  return { image, invalid, copies, nowMs: deps.clock.epochMs(), monotonicMs };
}

function observeCopy(
  image: VMImage,
  { namespace, name }: Place,
  { deps, monotonicMs }: { readonly deps: ImageObserveDeps; readonly monotonicMs: number },
): ObservedCopy | undefined {
  const place = { namespace, name };
  const provider = deps.provider(place);
  if (!provider) return undefined;
  const view = deps.view(place, image.metadata.namespace ?? '');
  const remembered = deps.memory.get(image.metadata.uid ?? '', place);
  const source = imageRefOf(image, provider.spec.type);
  const storage = source?.storage === '' ? (provider.spec.defaults?.datastore ?? '') : source?.storage;
  return {
    namespace,
    name,
    type: provider.spec.type,
    unavailable: view.unavailable?.message,
    source: source && { ...source, storage: storage ?? '' },
    prepares: view.capabilities.has(Capability.IMAGE_PREPARE),
    fingerprint: view.fingerprint,
    task: taskOf(remembered, deps.site(place), monotonicMs),
    remembered,
  };
}

function taskOf({ taskId }: CopyMemory, site: ProviderSite | undefined, monotonicMs: number): CopyTask {
  if (taskId === undefined) return { kind: 'None' };
  const known = site?.tasks.get(taskId);
  if (!known) return { kind: 'Unheard', id: taskId };
  if (known.task.state !== TaskState.RUNNING) return { kind: 'Ended', task: known.task };
  return monotonicMs - known.heardMs < taskSilenceMs
    ? { kind: 'Running', task: known.task }
    : { kind: 'Unheard', id: taskId };
}
