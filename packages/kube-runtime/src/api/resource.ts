import { statusError } from '../transport/status-error.ts';
import type { Query, Transport } from '../transport/transport.ts';
import { ApiError } from './api-error.ts';
import { decodeObject, decodePage, versionOf } from './decode.ts';
import type { KubeObject, ObjectKey } from './kube-object.ts';
import { objectKey, parseObjectKey } from './kube-object.ts';
import type {
  CallOptions,
  DeleteOptions,
  ListOptions,
  ListResult,
  MergePatch,
  NewObject,
  PatchOptions,
  ResourceClient,
  ResourceDescriptor,
  Selection,
  WatchFrame,
  WatchOptions,
  WriteOptions,
} from './resource-client.ts';

/** A client for one resource. Cheap; holds nothing but its arguments. */
export function resource<T extends KubeObject>(
  transport: Transport,
  descriptor: ResourceDescriptor<T>,
): ResourceClient<T> {
  return new HttpResource(transport, descriptor);
}

const DEFAULT_PAGE_SIZE = 500;
/** A list whose continue token expires is begun again this often. */
const MAX_LIST_TRIES = 3;

class HttpResource<T extends KubeObject> implements ResourceClient<T> {
  readonly descriptor: ResourceDescriptor<T>;
  readonly #transport: Transport;

  constructor(transport: Transport, descriptor: ResourceDescriptor<T>) {
    this.#transport = transport;
    this.descriptor = descriptor;
  }

  async get(key: ObjectKey, options: CallOptions = {}): Promise<T> {
    return this.#decode(await this.#transport.request({ method: 'GET', path: this.#pathOf(key), ...options }));
  }

  async list(options: ListOptions = {}): Promise<ListResult<T>> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#listOnce(options);
      } catch (error) {
        const expired = error instanceof ApiError && error.status === 410;
        if (!expired || tries >= MAX_LIST_TRIES) throw error;
      }
    }
  }

  async #listOnce(options: ListOptions): Promise<ListResult<T>> {
    const items: T[] = [];
    let resourceVersion = '';
    for await (const page of this.pages(options)) {
      for (const item of page.items) items.push(item);
      resourceVersion = page.resourceVersion;
    }
    return { items, resourceVersion };
  }

  async *pages(options: ListOptions = {}): AsyncGenerator<ListResult<T>> {
    const { namespace, labelSelector, fieldSelector, pageSize, ...call } = options;
    let token: string | undefined;
    do {
      const query = { labelSelector, fieldSelector, limit: pageSize ?? DEFAULT_PAGE_SIZE, continue: token };
      const raw = await this.#transport.request({ method: 'GET', path: this.#collection(namespace), query, ...call });
      const page = decodePage(raw, this.descriptor);
      yield { items: page.items, resourceVersion: page.resourceVersion };
      token = page.continue;
    } while (token !== undefined);
  }

  async *watch(options: WatchOptions): AsyncGenerator<WatchFrame<T>> {
    const path = this.#collection(options.namespace);
    const { signal } = options;
    for await (const raw of this.#transport.stream({ method: 'GET', path, query: watchQuery(options), signal })) {
      yield this.#frame(raw);
    }
  }

  async create(object: NewObject<T>, options: WriteOptions = {}): Promise<T> {
    const { fieldManager, fieldValidation, ...call } = options;
    const path = this.#collection(object.metadata.namespace, 'exactly');
    const body = { ...object, apiVersion: this.#apiVersion, kind: this.descriptor.kind };
    return this.#decode(
      await this.#transport.request({ method: 'POST', path, query: { fieldManager, fieldValidation }, body, ...call }),
    );
  }

  async replace(object: T, options: WriteOptions = {}): Promise<T> {
    const { fieldManager, fieldValidation, ...call } = options;
    const path = this.#pathOf(objectKey(object.metadata));
    const query = { fieldManager, fieldValidation };
    return this.#decode(await this.#transport.request({ method: 'PUT', path, query, body: object, ...call }));
  }

  async mergePatch(key: ObjectKey, patch: MergePatch, options: PatchOptions = {}): Promise<T> {
    const { preconditions, subresource, fieldManager, fieldValidation, ...call } = options;
    const path = this.#pathOf(key) + (subresource === undefined ? '' : `/${subresource}`);
    const metadata = { ...(patch['metadata'] as object | undefined), ...preconditions };
    const body = Object.keys(metadata).length === 0 ? patch : { ...patch, metadata };
    const contentType = 'application/merge-patch+json';
    const query = { fieldManager, fieldValidation };
    try {
      return this.#decode(await this.#transport.request({ method: 'PATCH', path, query, body, contentType, ...call }));
    } catch (error) {
      throw asConflict(error, preconditions?.uid);
    }
  }

  async delete(key: ObjectKey, options: DeleteOptions = {}): Promise<void> {
    const { preconditions, propagationPolicy, ...call } = options;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions, propagationPolicy };
    await this.#transport.request({ method: 'DELETE', path: this.#pathOf(key), body, ...call });
  }

  get #apiVersion(): string {
    const { group, version } = this.descriptor;
    return group === '' ? version : `${group}/${version}`;
  }

  /** Path of all objects, of one namespace or of all; `exactly` where all is no answer. */
  #collection(namespace: string | undefined, scope: 'exactly' | 'any' = 'any'): string {
    const { group, namespaced, plural, kind } = this.descriptor;
    const root = `${group === '' ? '/api' : '/apis'}/${this.#apiVersion}`;
    if (!namespaced && namespace) throw new RangeError(`${kind} is cluster-scoped: it has no namespace ${namespace}`);
    if (namespaced && !namespace && scope === 'exactly')
      throw new RangeError(`${kind} is namespaced: name a namespace`);
    return namespace ? `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}` : `${root}/${plural}`;
  }

  #pathOf(key: ObjectKey): string {
    const { namespace, name } = parseObjectKey(key);
    if (name === '') throw new RangeError(`The key ${key} of a ${this.descriptor.kind} has no name`);
    return `${this.#collection(namespace, 'exactly')}/${encodeURIComponent(name)}`;
  }

  #decode(raw: unknown): T {
    return decodeObject(raw, this.descriptor);
  }

  #frame(raw: unknown): WatchFrame<T> {
    const { type, object } = (raw ?? {}) as { readonly type?: unknown; readonly object?: unknown };
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return { type, object: this.#decode(object) };
      case 'BOOKMARK':
        return { type, resourceVersion: versionOf(object, this.descriptor) };
      case 'ERROR':
        throw statusError({ what: `watch ${this.descriptor.plural}`, body: object });
      default:
        throw new ApiError('BadAnswer', `watch ${this.descriptor.plural}: an event of unknown type ${String(type)}`);
    }
  }
}

function watchQuery(options: WatchOptions & Selection): Query {
  const { serverTimeoutMs, resourceVersion, labelSelector, fieldSelector } = options;
  return {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion,
    labelSelector,
    fieldSelector,
    timeoutSeconds: serverTimeoutMs === undefined ? undefined : Math.max(1, Math.round(serverTimeoutMs / 1000)),
  };
}

/** A patch that names another uid is refused as an attempt to change it: for the caller that is a failed precondition. */
function asConflict(error: unknown, uid: string | undefined): unknown {
  if (uid === undefined || !(error instanceof ApiError) || error.status !== 422) return error;
  if (!error.causes.some((cause) => cause.field === 'metadata.uid')) return error;
  const { message, causes } = error;
  return new ApiError('Status', message, { status: 409, reason: 'Conflict', causes, cause: error });
}
