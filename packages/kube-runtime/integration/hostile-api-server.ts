import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { KubeConfig, KubeObject } from '../src/index.ts';

/** What the server holds: as little as a kind can be. */
export interface Note extends KubeObject {
  readonly data: { readonly text: string };
}

/** The kind, for `resource()`. */
export const noteResource = { group: 'test.io', version: 'v1', plural: 'notes', kind: 'Note', namespaced: true };

/** What the server does to a request instead of answering it properly. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => void;

interface LoggedEvent {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: Note;
}

/** An API server for one kind, on loopback, that can be made to misbehave in every way that networks know. */
export class HostileApiServer {
  readonly requests: { readonly method: string; readonly url: URL; readonly headers: IncomingMessage['headers'] }[] =
    [];
  /** Applied to every request that is no watch; undefined to behave. */
  fault: Fault | undefined;
  /** Applied to every new watch. */
  watchFault: Fault | undefined;
  /** Connections accepted so far. */
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<ServerResponse>();
  readonly #notes = new Map<string, Note>();
  readonly #log: LoggedEvent[] = [];
  #version = 100;
  #compacted = 0;
  #uids = 0;
  #silent = false;

  constructor() {
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  get config(): KubeConfig {
    const { port } = this.#server.address() as AddressInfo;
    return {
      context: 'hostile',
      server: `http://127.0.0.1:${port}`,
      namespace: 'default',
      source: 'test',
      credentials: async () => ({ headers: { authorization: 'Bearer token' }, rejectUnauthorized: true }),
    };
  }

  /** What a reader must end up with: text by name. */
  get truth(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#notes].map(([name, note]) => [name, note.data.text] as const).sort());
  }

  get openWatches(): number {
    return this.#watches.size;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  countOf(kind: 'list' | 'watch'): number {
    return this.requests.filter(({ url }) => (url.searchParams.get('watch') === 'true') === (kind === 'watch')).length;
  }

  put(name: string, text: string): Note {
    const known = this.#notes.get(name);
    this.#version += 1;
    this.#uids += known === undefined ? 1 : 0;
    const uid = known?.metadata.uid ?? `uid-${this.#uids}`;
    const metadata = { namespace: 'default', name, uid, resourceVersion: String(this.#version) };
    const managedFields = [{ manager: 'test', fieldsV1: { 'f:data': {} } }];
    const note = { apiVersion: 'test.io/v1', kind: 'Note', metadata: { ...metadata, managedFields }, data: { text } };
    this.#notes.set(name, note);
    this.#happen({ version: this.#version, type: known === undefined ? 'ADDED' : 'MODIFIED', object: note });
    return note;
  }

  remove(name: string): void {
    const known = this.#notes.get(name);
    if (known === undefined) return;
    this.#version += 1;
    this.#notes.delete(name);
    const object = { ...known, metadata: { ...known.metadata, resourceVersion: String(this.#version) } };
    this.#happen({ version: this.#version, type: 'DELETED', object });
  }

  bookmark(): void {
    const object = { kind: 'Note', metadata: { resourceVersion: String(this.#version) } };
    for (const watch of this.#watches) watch.write(line({ type: 'BOOKMARK', object }));
  }

  /** Forgets history: whoever watches from before gets 410. */
  compact(): void {
    this.#compacted = this.#version;
  }

  /** Cuts every connection with a reset. */
  reset(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Open watches stay open and hear nothing more, as on a connection whose other end is gone. */
  freeze(): void {
    this.#watches.clear();
  }

  /** Events are logged and reach no watch, until false. */
  set silent(silent: boolean) {
    this.#silent = silent;
  }

  /** Writes raw text to every watch. */
  say(text: string): void {
    for (const watch of this.#watches) watch.write(text);
  }

  /** Ends every watch as a server does whose time is up. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
    this.#watches.clear();
  }

  #happen(event: LoggedEvent): void {
    this.#log.push(event);
    if (this.#silent) return;
    for (const watch of this.#watches) watch.write(line({ type: event.type, object: event.object }));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', 'http://server');
    this.requests.push({ method: request.method ?? '', url, headers: request.headers });
    const isWatch = url.searchParams.get('watch') === 'true';
    const fault = isWatch ? this.watchFault : this.fault;
    if (fault !== undefined) fault(request, response);
    else if (isWatch) this.#watch(url, response);
    else this.#list(url, response);
  }

  #list(url: URL, response: ServerResponse): void {
    const all = [...this.#notes.values()];
    const from = Number(url.searchParams.get('continue') ?? 0);
    const limit = Number(url.searchParams.get('limit') ?? all.length);
    const next = from + limit;
    const metadata = { resourceVersion: String(this.#version), continue: next < all.length ? String(next) : '' };
    send(response, 200, { apiVersion: 'test.io/v1', kind: 'NoteList', metadata, items: all.slice(from, next) });
  }

  #watch(url: URL, response: ServerResponse): void {
    const from = Number(url.searchParams.get('resourceVersion'));
    if (from < this.#compacted) {
      send(response, 410, { kind: 'Status', code: 410, reason: 'Expired', message: 'too old resource version' });
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    for (const { version, type, object } of this.#log) {
      if (version > from) response.write(line({ type, object }));
    }
    this.#watches.add(response);
    response.on('close', () => this.#watches.delete(response));
  }
}

/** Answers with JSON. */
export function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** One line of a watch. */
export function line(event: unknown): string {
  return `${JSON.stringify(event)}\n`;
}
