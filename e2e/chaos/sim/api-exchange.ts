import { EventEmitter } from 'node:events';

/** A request as handlers of `node:http` read it. */
export class SimRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #body: string | undefined;

  constructor(parts: {
    readonly method: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | undefined;
  }) {
    this.method = parts.method;
    this.url = parts.url;
    this.headers = parts.headers;
    this.#body = parts.body;
  }

  *iterator(): Generator<Buffer> {
    if (this.#body !== undefined) yield Buffer.from(this.#body);
  }

  resume(): void {
    // There is nothing left to be read.
  }
}

/** Where an answer goes. */
export interface AnswerSink {
  head(status: number, headers: Readonly<Record<string, string>>): void;
  chunk(bytes: Buffer): void;
  end(): void;
  broken(): void;
}

/** A response as handlers of `node:http` write it. */
export class SimResponse extends EventEmitter {
  readonly #sink: AnswerSink;
  readonly #headers: Record<string, string> = {};
  headersSent = false;
  destroyed = false;
  readonly writableLength = 0;
  #isClosed = false;

  constructor(sink: AnswerSink) {
    super();
    this.#sink = sink;
  }

  setHeader(name: string, value: string | readonly string[]): void {
    this.#headers[name.toLowerCase()] = String(value);
  }

  writeHead(status: number, headers: Readonly<Record<string, string | number>> = {}): this {
    for (const [name, value] of Object.entries(headers)) this.setHeader(name, String(value));
    this.headersSent = true;
    if (!this.destroyed) this.#sink.head(status, this.#headers);
    return this;
  }

  flushHeaders(): void {
    // They are on their way already.
  }

  write(chunk: string | Buffer): boolean {
    if (!this.destroyed) this.#sink.chunk(Buffer.from(chunk));
    return true;
  }

  end(chunk?: string | Buffer): this {
    if (chunk !== undefined) this.write(chunk);
    if (!this.destroyed) this.#sink.end();
    this.#close();
    return this;
  }

  destroy(): this {
    if (!this.destroyed && !this.#isClosed) this.#sink.broken();
    this.left();
    return this;
  }

  /** The client has gone. */
  left(): void {
    this.destroyed = true;
    this.#close();
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    queueMicrotask(() => this.emit('close'));
  }
}
