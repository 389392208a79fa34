import type { KubeObject, ObjectKey, ObjectMeta } from './kube-object.ts';

/** Which resource of the API, and how to read it. */
export interface ResourceDescriptor<T extends KubeObject = KubeObject> {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** As in the URL: `virtualmachines`. */
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /**
   * Turns what the server sent into the object; without it, the server is trusted.
   * What it throws is reported as `BadAnswer`.
   */
  readonly parse?: ((raw: unknown) => T) | undefined;
}

/** What every call takes. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Defaults to 30 s. */
  readonly timeoutMs?: number | undefined;
  /** `exempt`: waits neither for the rate limit nor for a free connection. */
  readonly rate?: 'limited' | 'exempt' | undefined;
}

/** What every write takes. */
export interface WriteOptions extends CallOptions {
  /** Who is recorded in managedFields. */
  readonly fieldManager?: string | undefined;
  /** What unknown and duplicate fields are; the server's default is `Warn`. */
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore' | undefined;
}

/** Which objects. */
export interface Selection {
  /** All namespaces if undefined. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

/** Settings of {@link ResourceClient.list} and {@link ResourceClient.pages}. */
export interface ListOptions extends Selection, CallOptions {
  /** Objects a page. Defaults to 500. */
  readonly pageSize?: number | undefined;
}

/** A list, or a page of it. */
export interface ListResult<T> {
  readonly items: readonly T[];
  /** The moment that the list shows; a watch from here misses nothing. */
  readonly resourceVersion: string;
}

/** Settings of {@link ResourceClient.watch}. */
export interface WatchOptions extends Selection {
  /** What happened after this is reported. */
  readonly resourceVersion: string;
  /** The server ends the watch after this time. */
  readonly serverTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What a watch reports. An ERROR event of the server is thrown as {@link ApiError} instead. */
export type WatchFrame<T> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string };

/** What must still be true of the object; otherwise the server answers with a conflict. */
export interface Preconditions {
  readonly uid?: string | undefined;
  readonly resourceVersion?: string | undefined;
}

/** Settings of {@link ResourceClient.mergePatch}. */
export interface PatchOptions extends WriteOptions {
  readonly preconditions?: Preconditions | undefined;
  /** `status` to patch the status and nothing else. */
  readonly subresource?: 'status' | undefined;
}

/** Settings of {@link ResourceClient.delete}. */
export interface DeleteOptions extends CallOptions {
  readonly preconditions?: Preconditions | undefined;
  /** Defaults to the resource's own policy. */
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan' | undefined;
}

/** An object that is about to be created: what the server sets is absent. */
export type NewObject<T extends KubeObject> = Omit<T, 'metadata' | 'status'> & {
  readonly metadata: Omit<ObjectMeta, 'name'> & { readonly name?: string; readonly generateName?: string };
};

/** A merge patch (RFC 7386): present keys replace, null removes, arrays are replaced whole. */
export type MergePatch = Readonly<Record<string, unknown>>;

/** The calls on one resource. Every method throws {@link ApiError}. */
export interface ResourceClient<T extends KubeObject> {
  readonly descriptor: ResourceDescriptor<T>;
  get(key: ObjectKey, options?: CallOptions): Promise<T>;
  /** All that match, page by page, in one consistent list. */
  list(options?: ListOptions): Promise<ListResult<T>>;
  /** The pages of {@link list}, one at a time, so that a large list never is one large block. */
  pages(options?: ListOptions): AsyncIterable<ListResult<T>>;
  /** Reports changes until the server or `signal` ends it; the loop then ends quietly (server) or throws `Cancelled`. */
  watch(options: WatchOptions): AsyncIterable<WatchFrame<T>>;
  create(object: NewObject<T>, options?: WriteOptions): Promise<T>;
  /** Replaces the whole object; its `metadata.resourceVersion`, if set, is a precondition. */
  replace(object: T, options?: WriteOptions): Promise<T>;
  /** Changes what the patch names; failed preconditions are conflicts. */
  mergePatch(key: ObjectKey, patch: MergePatch, options?: PatchOptions): Promise<T>;
  /** Asks for deletion. Finalizers may hold the object; so this returning says nothing of its absence. */
  delete(key: ObjectKey, options?: DeleteOptions): Promise<void>;
}
