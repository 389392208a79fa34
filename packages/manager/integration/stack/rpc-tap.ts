import { once } from 'node:events';
import {
  connect as connectHttp2,
  constants,
  createServer,
  type ClientHttp2Session,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect } from 'node:net';

/** A unary call on its way to a provider. */
export interface Rpc {
  /** `Create`. */
  readonly method: string;
  /** The request, encoded. */
  readonly message: Buffer;
}

/** A way from a manager to a provider that shows each unary call, when it is sent. */
export class RpcTap {
  readonly address: string;
  /** Told of each unary call, before the provider is. */
  onRpc: (rpc: Rpc) => void = () => undefined;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session | ClientHttp2Session>();

  private constructor(path: string, to: string) {
    this.address = `unix:${path}`;
    this.#server = createServer();
    this.#server.on('session', (near) => {
      const far = connectHttp2('http://localhost', { createConnection: () => connect(to) });
      for (const [session, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sessions.add(session);
        session.on('error', () => other.destroy());
        session.on('close', () => {
          this.#sessions.delete(session);
          other.destroy();
        });
      }
      near.on('stream', (stream, headers) => this.#join(stream, headers, far));
    });
  }

  /** Listens on the socket `path`, and leads to the socket `to`. */
  static async open(path: string, to: string): Promise<RpcTap> {
    const tap = new RpcTap(path, to);
    tap.#server.listen(path);
    await once(tap.#server, 'listening');
    return tap;
  }

  async close(): Promise<void> {
    for (const session of this.#sessions) session.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: ServerHttp2Stream, headers: IncomingHttpHeaders, far: ClientHttp2Session): void {
    const method = String(headers[':path']).split('/').at(-1) ?? '';
    const there = far.request(headers, { endStream: false });
    const chunks: Buffer[] = [];
    near.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      there.write(chunk);
    });
    near.on('end', () => {
      // Behind a byte for compression and four for the length.
      if (!method.startsWith('Watch')) this.onRpc({ method, message: Buffer.concat(chunks).subarray(5) });
      there.end();
    });
    there.on('response', (answer) => near.respond(answer, { waitForTrailers: true }));
    let trailers: IncomingHttpHeaders = {};
    there.on('trailers', (last: IncomingHttpHeaders) => (trailers = last));
    near.on('wantTrailers', () => near.sendTrailers(trailers));
    there.pipe(near);
    near.on('error', () => there.close(constants.NGHTTP2_CANCEL));
    there.on('error', () => near.close(constants.NGHTTP2_CANCEL));
    near.on('aborted', () => there.close(constants.NGHTTP2_CANCEL));
    there.on('aborted', () => near.close(constants.NGHTTP2_CANCEL));
  }
}
