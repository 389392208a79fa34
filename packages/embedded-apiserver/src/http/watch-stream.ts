import type { ServerResponse } from 'node:http';
import type { JsonObject } from '../json-value.ts';
import type { Tuning } from '../api-server.ts';
import type { Log } from '../log.ts';
import type { Api } from '../operations/api.ts';
import type { WatchOptions } from '../operations/list-options.ts';
import { requireReached } from '../operations/list-options.ts';
import { apiVersionOf, storageName } from '../registry/resource-definition.ts';
import type { Served } from '../registry/registry.ts';
import type { Selection } from '../selectors/selection.ts';
import { StatusError } from '../status/status-error.ts';
import { expired } from '../status/refusals.ts';
import { storedObject } from '../storage/stored-object.ts';
import type { Change, StoredObject } from '../storage/stored-object.ts';
import type { Shape } from './negotiate.ts';
import { renderObject } from './render.ts';
import { tableOf } from './table.ts';

/** What a client watches, and how it wants to be told. */
export interface WatchRequest {
  readonly served: Served;
  readonly selection: Selection;
  readonly options: WatchOptions;
  readonly shape: Shape;
}

/** What a watch runs on. */
export interface WatchOn {
  readonly response: ServerResponse;
  readonly tuning: Tuning;
  readonly log: Log;
}

/** How long a reader that was too slow may take to read why its watch ended. */
const lastWordMs = 5000;

/** One watch: from its first event until the client goes, its time is over, it is too slow, or the server stops. */
export class WatchStream {
  readonly #api: Api;
  readonly #request: WatchRequest;
  readonly #response: ServerResponse;
  readonly #tuning: Tuning;
  readonly #log: Log;
  readonly #cleanups: (() => void)[] = [];
  #revision = 0;
  #hasHeaders = false;
  #isOver = false;

  constructor(api: Api, request: WatchRequest, on: WatchOn) {
    this.#api = api;
    this.#request = request;
    this.#response = on.response;
    this.#tuning = on.tuning;
    this.#log = on.log;
  }

  /** Begins; resolves when it is over. */
  run(): Promise<void> {
    const over = new Promise<void>((resolve) => this.#cleanups.push(resolve));
    this.#response.once('close', () => this.end());
    this.#response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-cache, private' });
    this.#response.flushHeaders();
    try {
      this.#begin();
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#fail(error);
    }
    return over;
  }

  /** Ends it, so that the client may begin again from the last event. Idempotent. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const cleanup of this.#cleanups) cleanup();
    this.#response.end();
  }

  #begin(): void {
    const { options, served } = this.#request;
    const { store } = this.#api;
    const table = store.table(storageName(served.definition));
    requireReached(options.revision ?? 0, store.revision);
    const from = options.revision ?? 0;
    if (options.sendInitialEvents ?? from === 0) {
      this.#revision = store.revision;
      this.#sendState(table.entries());
    } else {
      this.#revision = from === 0 ? store.revision : from;
      const missed = table.changesSince(this.#revision);
      if (!missed) throw expired(`too old resource version: ${from} (${table.compacted})`);
      for (const change of missed) this.#sendChange(change);
    }
    if (this.#isOver) return;
    this.#cleanups.push(store.subscribe(storageName(served.definition), (change) => this.#hear(change)));
    this.#startTimers();
  }

  #startTimers(): void {
    const { options } = this.#request;
    if (options.timeoutMs !== undefined) {
      const timer = setTimeout(() => this.#endInTime(), Math.min(options.timeoutMs, 2 ** 31 - 1));
      this.#cleanups.push(() => clearTimeout(timer));
    }
    if (options.bookmarks === 'wanted') {
      const timer = setInterval(() => this.#sendBookmark({}), this.#tuning.bookmarkIntervalMs);
      this.#cleanups.push(() => clearInterval(timer));
    }
  }

  #endInTime(): void {
    if (this.#request.options.bookmarks === 'wanted') this.#sendBookmark({});
    this.end();
  }

  #sendState(entries: readonly (readonly [string, StoredObject])[]): void {
    const { selection, options } = this.#request;
    for (const [key, stored] of entries) {
      if (key.startsWith(selection.prefix) && selection.matches(stored.object)) this.#send('ADDED', stored);
    }
    if (options.sendInitialEvents && options.bookmarks === 'wanted') {
      this.#sendBookmark({ 'k8s.io/initial-events-end': 'true' });
    }
  }

  /** A watch that fails ends alone: the writer whose change it was must not notice. */
  #hear(change: Change): void {
    try {
      this.#sendChange(change);
    } catch (error) {
      this.#log.error('a watch failed', { error });
      this.end();
    }
  }

  #sendChange(change: Change): void {
    const { selection } = this.#request;
    if (!change.key.startsWith(selection.prefix)) return;
    const was = change.before !== undefined && selection.matches(change.before.object);
    const is = change.type !== 'DELETED' && selection.matches(change.after.object);
    this.#revision = change.revision;
    if (is) this.#send(was ? 'MODIFIED' : 'ADDED', change.after);
    else if (change.type === 'DELETED' && was) this.#send('DELETED', change.after);
    else if (change.before && was) this.#send('DELETED', asOf(change.before, change.revision));
  }

  #send(type: 'ADDED' | 'MODIFIED' | 'DELETED', stored: StoredObject): void {
    this.#write(`{"type":"${type}","object":${this.#render(stored)}}\n`);
  }

  #render(stored: StoredObject): string {
    const { served, shape } = this.#request;
    const now = this.#api.now();
    if (shape.kind !== 'table') return renderObject(stored, served, { shape, now });
    const headers = this.#hasHeaders ? 'without' : 'with';
    this.#hasHeaders = true;
    const metadata = { resourceVersion: stored.object.metadata.resourceVersion };
    return JSON.stringify(tableOf([stored.object], served, { include: shape.include, now, metadata, headers }));
  }

  #sendBookmark(annotations: Readonly<Record<string, string>>): void {
    const { served, shape } = this.#request;
    // A bookmark says that all changes up to it were sent. Other resources' changes count: none of ours is missing.
    const revision = Math.max(this.#revision, this.#api.store.revision);
    const metadata: JsonObject = {
      resourceVersion: String(revision),
      creationTimestamp: null,
      ...(Object.keys(annotations).length > 0 && { annotations }),
    };
    const object =
      shape.kind === 'table'
        ? { kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata, columnDefinitions: [], rows: [] }
        : {
            kind: served.definition.kind,
            apiVersion: apiVersionOf(served.definition.group, served.version.name),
            metadata,
          };
    this.#write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
  }

  #write(line: string): void {
    if (this.#isOver) return;
    this.#response.write(line);
    if (this.#response.writableLength > this.#tuning.watchBufferBytes) {
      this.#fail(expired(`too old resource version: the watch fell ${this.#response.writableLength} bytes behind`));
      const timer = setTimeout(() => this.#response.destroy(), lastWordMs);
      this.#response.once('close', () => clearTimeout(timer));
    }
  }

  #fail(error: StatusError): void {
    if (this.#isOver) return;
    this.#response.write(`${JSON.stringify({ type: 'ERROR', object: error.status })}\n`);
    this.end();
  }
}

/** An object that left a selection, as it was when it still belonged, under the revision of its leaving. */
function asOf({ object }: StoredObject, revision: number): StoredObject {
  return storedObject({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } }, revision);
}
