import { createServer } from 'node:https';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ApiServerError } from '../api-server-error.ts';
import type { ApiServerOptions, Tuning } from '../api-server.ts';
import type { ServerCertificate } from '../tls/server-certificate.ts';
import type { RequestContext } from './handle-request.ts';
import { RequestHandler } from './request-handler.ts';

/** How long requests in flight may go on after the server was told to stop. */
const drainMs = 2000;

/** What a listener needs besides the requests' context. */
export interface ListenerOptions {
  readonly listen: ApiServerOptions['listen'];
  readonly certificate: ServerCertificate;
  readonly tuning: Tuning;
  readonly context: Omit<RequestContext, 'watch'>;
}

/** The HTTPS server: connections, requests, watches. */
export class ApiListener {
  readonly #server: Server;
  readonly #handler: RequestHandler;
  readonly #inFlight = new Set<Promise<void>>();

  private constructor({ certificate, tuning, context }: ListenerOptions) {
    this.#handler = new RequestHandler({ context, tuning });
    this.#server = createServer({
      cert: certificate.certificatePem,
      key: certificate.keyPem,
      minVersion: 'TLSv1.2',
      ALPNProtocols: ['http/1.1'],
      keepAliveTimeout: 60_000,
      // A list of large pages may take a slow reader long; a request must still arrive in time.
      requestTimeout: 60_000,
    });
    this.#server.on('request', (request, response) => {
      const answered = Promise.all([
        this.#handler.handle(request, response),
        new Promise<void>((resolve) => response.once('close', resolve)),
      ]).then(() => void this.#inFlight.delete(answered));
      this.#inFlight.add(answered);
    });
  }

  /** @throws {@link ApiServerError} `ListenFailed` */
  static async open(options: ListenerOptions): Promise<ApiListener> {
    const listener = new ApiListener(options);
    const { host, port } = options.listen;
    await new Promise<void>((resolve, reject) => {
      listener.#server.once('error', (error) =>
        reject(
          new ApiServerError('ListenFailed', `cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
        ),
      );
      listener.#server.listen(port, host, resolve);
    });
    listener.#server.removeAllListeners('error');
    listener.#server.on('error', (error) => options.context.log.error('the listener failed', { error }));
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no new connection, ends watches, lets requests in flight be answered, then closes what is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#handler.endWatches();
    const patience = new AbortController();
    await Promise.race([
      Promise.all(this.#inFlight),
      setTimeout(drainMs, undefined, { signal: patience.signal }).catch(() => undefined),
    ]);
    patience.abort();
    // What is left are connections that are kept for a next request, and readers without end.
    this.#server.closeAllConnections();
    await closed;
  }
}
