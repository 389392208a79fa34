import { ApiError } from './api-error.ts';
import type { KubeObject } from './kube-object.ts';
import type { ResourceDescriptor } from './resource-client.ts';

/** A page of a list, and the token for the next. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  readonly continue: string | undefined;
}

type Members = Readonly<Record<string, unknown>>;

/**
 * One object as the server sent it, with the apiVersion and kind that lists leave out.
 *
 * @throws {@link ApiError} `BadAnswer`
 */
export function decodeObject<T extends KubeObject>(raw: unknown, descriptor: ResourceDescriptor<T>): T {
  const metadata = membersOf(membersOf(raw)?.['metadata']);
  if (typeof metadata?.['name'] !== 'string') throw bad(descriptor, 'an object without metadata.name');
  const { group, version, kind } = descriptor;
  const apiVersion = group === '' ? version : `${group}/${version}`;
  const object = { apiVersion, kind, ...membersOf(raw) };
  if (descriptor.parse === undefined) return object as unknown as T;
  try {
    return descriptor.parse(object);
  } catch (cause) {
    throw bad(descriptor, `${metadata['name']} cannot be read`, cause);
  }
}

/** A page of a list. @throws {@link ApiError} `BadAnswer` */
export function decodePage<T extends KubeObject>(raw: unknown, descriptor: ResourceDescriptor<T>): Page<T> {
  const list = membersOf(raw);
  const items = list?.['items'] ?? [];
  if (!Array.isArray(items)) throw bad(descriptor, 'a list whose items are no list');
  const token = membersOf(list?.['metadata'])?.['continue'];
  return {
    items: items.map((item) => decodeObject(item, descriptor)),
    resourceVersion: versionOf(raw, descriptor),
    continue: typeof token === 'string' && token !== '' ? token : undefined,
  };
}

/** The resourceVersion of a list or a bookmark. @throws {@link ApiError} `BadAnswer` */
export function versionOf(raw: unknown, descriptor: Pick<ResourceDescriptor, 'plural'>): string {
  const version = membersOf(membersOf(raw)?.['metadata'])?.['resourceVersion'];
  if (typeof version !== 'string' || version === '') throw bad(descriptor, 'no metadata.resourceVersion');
  return version;
}

function bad(descriptor: Pick<ResourceDescriptor, 'plural'>, what: string, cause?: unknown): ApiError {
  return new ApiError('BadAnswer', `The server's answer about ${descriptor.plural} is bad: ${what}`, { cause });
}

function membersOf(raw: unknown): Members | undefined {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? (raw as Members) : undefined;
}
