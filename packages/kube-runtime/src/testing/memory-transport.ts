import { ApiError } from '../api/api-error.ts';
import { applyMergePatch } from '../patch/merge-patch.ts';
import { statusError } from '../transport/status-error.ts';
import type { ApiRequest, Transport } from '../transport/transport.ts';

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
}

/** What is to happen to a request instead of, or before, its effect. */
export type Interference = (request: ApiRequest) => Promise<void> | void;

/** An API server in memory, as far as single objects go: create, get, merge patch with preconditions, delete. */
export class MemoryTransport implements Transport {
  readonly host = 'memory';
  readonly requests: ApiRequest[] = [];
  /** By path. */
  readonly objects = new Map<string, Stored>();
  /** Called before each request takes effect; what it throws is the answer. */
  before: Interference | undefined;
  /** Called after a request took effect; what it throws is the answer. */
  after: Interference | undefined;
  #version = 0;

  async request(request: ApiRequest): Promise<unknown> {
    this.requests.push(request);
    await race(this.before?.(request), request.signal);
    const answer = this.#answer(request);
    await race(this.after?.(request), request.signal);
    return structuredClone(answer);
  }

  stream(): AsyncIterable<unknown> {
    throw new Error('There are no watches here');
  }

  async close(): Promise<void> {
    // Nothing is open.
  }

  /** How many requests of a method there were. */
  count(method: ApiRequest['method']): number {
    return this.requests.filter((request) => request.method === method).length;
  }

  #answer(request: ApiRequest): unknown {
    const { method, path } = request;
    if (method === 'POST') return this.#create(path, request.body as Stored);
    const objectPath = path.replace(/\/status$/, '');
    const stored = this.objects.get(objectPath);
    if (stored === undefined) throw refusal(request, 404, 'NotFound');
    if (method === 'GET') return stored;
    if (method === 'DELETE') return this.objects.delete(objectPath);
    return this.#patch(objectPath, stored, request);
  }

  #create(collection: string, body: Stored): Stored {
    const path = `${collection}/${body.metadata.name}`;
    if (this.objects.has(path)) throw refusal({ method: 'POST', path }, 409, 'AlreadyExists');
    this.#version += 1;
    const uid = `uid-${this.#version}`;
    const created = { ...body, metadata: { ...body.metadata, uid, resourceVersion: String(this.#version) } };
    this.objects.set(path, created);
    return created;
  }

  #patch(path: string, stored: Stored, request: ApiRequest): Stored {
    const { metadata } = request.body as { metadata?: { uid?: string; resourceVersion?: string } };
    const wrongUid = metadata?.uid !== undefined && metadata.uid !== stored.metadata.uid;
    const version = metadata?.resourceVersion;
    const wrongVersion = version !== undefined && version !== stored.metadata.resourceVersion;
    if (wrongUid || wrongVersion) throw refusal(request, 409, 'Conflict');
    const patched = applyMergePatch(stored, request.body) as Stored;
    this.#version += 1;
    const next = { ...patched, metadata: { ...patched.metadata, resourceVersion: String(this.#version) } };
    this.objects.set(path, next);
    return next;
  }
}

/** As a server answers. */
export function refusal(
  { method, path }: Pick<ApiRequest, 'method' | 'path'>,
  status: number,
  reason: string,
): ApiError {
  return statusError({ what: `${method} ${path}`, status, body: { reason, message: reason } });
}

async function race(work: Promise<void> | void, signal: AbortSignal | undefined): Promise<void> {
  if (work === undefined) return;
  if (signal?.aborted) throw new ApiError('Cancelled', 'cancelled');
  const cancelled = new Promise<never>((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(new ApiError('Cancelled', 'cancelled')), { once: true });
  });
  await Promise.race([work, cancelled]);
}
