import { Agent, request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { ApiServer } from '../api-server.ts';

/** An answer, read whole. */
export interface TestAnswer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  // Tests look into bodies of every shape.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly body: any;
}

/** What a request is besides its path. */
export interface TestRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An event of a watch. */
export interface TestEvent {
  readonly type: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  readonly object: any;
}

/** A client that does what it is told, and nothing more. */
export class ApiClient {
  readonly #server: Pick<ApiServer, 'url' | 'caPem' | 'token'>;
  readonly #agent: Agent;
  readonly #watches = new Set<IncomingMessage>();

  constructor(server: Pick<ApiServer, 'url' | 'caPem' | 'token'>) {
    this.#server = server;
    this.#agent = new Agent({ keepAlive: true, ca: server.caPem, maxSockets: 16 });
  }

  async send(path: string, options: TestRequest = {}): Promise<TestAnswer> {
    const response = await this.#open(path, options, this.#agent);
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const isJson = response.headers['content-type']?.includes('json');
    const body: unknown = isJson ? JSON.parse(text) : text;
    return { code: response.statusCode ?? 0, headers: response.headers, body };
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<TestAnswer> {
    return this.send(path, { headers });
  }

  create(path: string, body: unknown): Promise<TestAnswer> {
    return this.send(path, { method: 'POST', body });
  }

  replace(path: string, body: unknown): Promise<TestAnswer> {
    return this.send(path, { method: 'PUT', body });
  }

  patch(path: string, body: unknown, type = 'application/merge-patch+json'): Promise<TestAnswer> {
    return this.send(path, { method: 'PATCH', body, headers: { 'content-type': type } });
  }

  remove(path: string, body?: unknown): Promise<TestAnswer> {
    return this.send(path, { method: 'DELETE', body });
  }

  /** Opens a watch; its events come one by one, and the iteration ends when the server ends it. */
  async watch(path: string, headers: Readonly<Record<string, string>> = {}): Promise<TestWatch> {
    // A connection of its own, so that closing it ends the watch and nothing else.
    const response = await this.#open(path, { headers }, new Agent({ ca: this.#server.caPem }));
    this.#watches.add(response);
    return new TestWatch(response);
  }

  close(): void {
    for (const watch of this.#watches) watch.destroy();
    this.#agent.destroy();
  }

  #open(path: string, options: TestRequest, agent: Agent): Promise<IncomingMessage> {
    const { method = 'GET', body, headers = {} } = options;
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#server.url}${path}`,
        {
          method,
          agent,
          headers: {
            authorization: `Bearer ${this.#server.token}`,
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...headers,
          },
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(text);
    });
  }
}

/** The events of one watch. */
export class TestWatch {
  readonly response: IncomingMessage;
  readonly #events: AsyncGenerator<TestEvent>;

  constructor(response: IncomingMessage) {
    this.response = response;
    this.#events = readEvents(response);
  }

  /** The next event; undefined when the watch is over. */
  async next(): Promise<TestEvent | undefined> {
    const { value, done } = await this.#events.next();
    return done ? undefined : value;
  }

  /** The next so many events. */
  async take(count: number): Promise<readonly TestEvent[]> {
    const events: TestEvent[] = [];
    while (events.length < count) {
      const event = await this.next();
      if (!event) throw new Error(`the watch ended after ${events.length} of ${count} events`);
      events.push(event);
    }
    return events;
  }
}

async function* readEvents(response: IncomingMessage): AsyncGenerator<TestEvent> {
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield JSON.parse(line) as TestEvent;
  }
}
