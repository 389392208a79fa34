import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Agent, request as send } from 'node:https';
import type { AddressInfo } from 'node:net';
import { loadKubeConfig, type Credentials, type KubeConfig } from '@virtrigaud/kube-runtime';

/** A request that changes something. */
export interface ApiWrite {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** Parsed. */
  readonly body: unknown;
}

/** What a request needs, as authorizers name it. */
export interface Right {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string | undefined;
}

/** A way to an API server that shows what is written through it, and can refuse it as an API server does. */
export class ApiTap {
  /** In the order of their arrival. */
  readonly writes: ApiWrite[] = [];
  /** Told of each write, before the API server is. */
  onWrite: (write: ApiWrite) => void = () => undefined;
  /** Whether the account of whoever comes this way lacks the right; asked for each request, and when it asks for its rights. */
  forbids: ((right: Right) => boolean) | undefined;
  readonly #server: Server;
  readonly #config: KubeConfig;
  readonly #credentials: Credentials;
  /** A connection each: one that is kept may be closed by the server just when a write is sent on it. */
  readonly #agent = new Agent({ keepAlive: false });

  private constructor(config: KubeConfig, credentials: Credentials) {
    this.#config = config;
    this.#credentials = credentials;
    this.#server = createServer((request, response) => void this.#pass(request, response));
  }

  /** Leads to the API server of a kubeconfig, with its credentials. */
  static async open(kubeconfig: string): Promise<ApiTap> {
    const config = await loadKubeConfig({ path: kubeconfig });
    const tap = new ApiTap(config, await config.credentials());
    tap.#server.listen(0, '127.0.0.1');
    await once(tap.#server, 'listening');
    return tap;
  }

  /** Writes a kubeconfig that leads here. */
  async writeKubeconfig(path: string): Promise<void> {
    const { port } = this.#server.address() as AddressInfo;
    const text = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'tap',
      clusters: [{ name: 'tap', cluster: { server: `http://127.0.0.1:${String(port)}` } }],
      users: [{ name: 'tap', user: {} }],
      contexts: [{ name: 'tap', context: { cluster: 'tap', user: 'tap' } }],
    };
    await writeFile(path, JSON.stringify(text), { mode: 0o600 });
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
    this.#agent.destroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { pathname: path } = new URL(url, 'http://localhost');
    if (method !== 'GET') {
      const write = { method, path, body: body.length > 0 ? (JSON.parse(body.toString()) as unknown) : undefined };
      this.writes.push(write);
      this.onWrite(write);
    }
    if (this.forbids && path.endsWith('/selfsubjectaccessreviews')) {
      const { spec } = JSON.parse(body.toString()) as { readonly spec: { readonly resourceAttributes: Right } };
      answer(response, 201, { spec, status: { allowed: !this.forbids(spec.resourceAttributes) } });
      return;
    }
    const right = rightOf(method, path);
    if (right && this.forbids?.(right)) {
      const message = `${right.resource} is forbidden: the account cannot ${right.verb} it`;
      answer(response, 403, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', message });
      return;
    }
    this.#forward(request, response, body);
  }

  #forward(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const { headers, ca, cert, key, rejectUnauthorized, servername } = this.#credentials;
    const { host: _host, connection: _connection, ...given } = request.headers;
    const there = send(new URL(request.url ?? '/', this.#config.server), {
      method: request.method,
      headers: { ...given, ...headers },
      agent: this.#agent,
      ...{ ca, cert, key, rejectUnauthorized, servername },
    });
    there.on('response', (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      // What a watch begins with is not held back until its first event.
      response.flushHeaders();
      reply.pipe(response);
      reply.on('error', () => response.destroy());
    });
    there.on('error', () => response.destroy());
    response.on('close', () => there.destroy());
    there.end(body);
  }
}

const verbs: Readonly<Record<string, string>> = { GET: 'get', POST: 'create', PUT: 'update', PATCH: 'patch' };

/** Of a request about one object, or that makes one in a namespace. */
function rightOf(method: string, path: string): Right | undefined {
  const [, name, , subresource] = /\/namespaces\/[^/]+\/([a-z]+)(\/[^/]+)?(?:\/([a-z]+))?$/.exec(path) ?? [];
  const verb = verbs[method];
  return name === undefined || verb === undefined ? undefined : { verb, resource: name, subresource };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
