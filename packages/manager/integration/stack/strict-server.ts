import { createServer, constants, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GetProviderInfoResponse, HealthCheckResponse, ValidateResponse } from '@virtrigaud/grpc-contract/client';
import { WatchTasksResponse, WatchVMsResponse } from '@virtrigaud/grpc-contract/server';

const { NGHTTP2_ENHANCE_YOUR_CALM } = constants;

/** Times of {@link StrictServer}, in milliseconds. */
export interface StrictTimes {
  /** Pings that come sooner after each other are struck. grpc-go: five minutes. */
  readonly minPingIntervalMs: number;
  /** How often a stream is told something. A provider: 15 s. */
  readonly heartbeatMs: number;
}

/**
 * A provider that treats pings as a Go server with default settings does: one that comes too soon is a strike, what is sent to the
 * client in between forgives all, and the third strike ends the connection with ENHANCE_YOUR_CALM.
 */
export class StrictServer {
  pings = 0;
  strikes = 0;
  struckOut = 0;
  readonly #server: Http2Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #timers = new Set<NodeJS.Timeout>();

  private constructor(server: Http2Server) {
    this.#server = server;
  }

  static async start(times: StrictTimes): Promise<StrictServer> {
    const server = createServer();
    const strict = new StrictServer(server);
    server.on('session', (session) => strict.#judge(session, times));
    server.on('stream', (stream, headers) => strict.#answer(stream, String(headers[':path']), times));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return strict;
  }

  get address(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const session of this.#sessions) session.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #judge(session: ServerHttp2Session, { minPingIntervalMs }: StrictTimes): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', () => undefined);
    let lastMs = -Infinity;
    session.on('ping', () => {
      this.pings += 1;
      const nowMs = performance.now();
      if (nowMs - lastMs < minPingIntervalMs) this.strikes += 1;
      lastMs = nowMs;
      if (this.strikes <= 2) return;
      this.struckOut += 1;
      session.goaway(NGHTTP2_ENHANCE_YOUR_CALM, 0, Buffer.from('too_many_pings'));
    });
  }

  #answer(stream: ServerHttp2Stream, path: string, { heartbeatMs }: StrictTimes): void {
    stream.on('error', () => undefined);
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const send = (message: Uint8Array) => {
      this.strikes = 0;
      const frame = Buffer.alloc(5 + message.length);
      frame.writeUInt32BE(message.length, 1);
      frame.set(message, 5);
      stream.write(frame);
    };
    const heartbeat = (message: Uint8Array) => {
      send(message);
      const timer = setInterval(() => send(message), heartbeatMs);
      this.#timers.add(timer);
      stream.once('close', () => clearInterval(timer));
    };
    switch (path.split('/').at(-1)) {
      case 'GetProviderInfo':
        send(
          GetProviderInfoResponse.encode(
            GetProviderInfoResponse.fromPartial({ type: 'mock', contractMin: 1, contractMax: 1 }),
          ).finish(),
        );
        return void stream.end();
      case 'Check':
        send(HealthCheckResponse.encode({ status: 1 }).finish());
        return void stream.end();
      case 'Watch':
        // Health is told when it changes, and not again.
        return send(HealthCheckResponse.encode({ status: 1 }).finish());
      case 'WatchVMs':
        return heartbeat(
          WatchVMsResponse.encode({
            event: { $case: 'bookmark', value: { resumeToken: 't', initialListDone: true } },
          }).finish(),
        );
      case 'WatchTasks':
        return heartbeat(
          WatchTasksResponse.encode({
            event: { $case: 'bookmark', value: { resumeToken: 't', initialListDone: true } },
          }).finish(),
        );
      default:
        send(ValidateResponse.encode(ValidateResponse.fromPartial({ ok: true })).finish());
        stream.end();
    }
  }
}
