import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import {
  Code,
  ContractError,
  GetProviderInfoResponse,
  HealthCheckResponse,
  HealthCheckResponse_ServingStatus as ServingStatus,
  registerHealthService,
  registerProviderService,
  ValidateResponse,
  WatchVMsResponse,
  type PartialMessage,
  type ProviderHandlers,
} from '@virtrigaud/grpc-contract/server';

/** A stream that the test feeds. */
class Feed<T> {
  readonly #items: (T | Error)[] = [];
  #wake: () => void = () => undefined;

  push(item: T | Error): void {
    this.#items.push(item);
    this.#wake();
  }

  async *read(signal: AbortSignal): AsyncGenerator<T> {
    signal.addEventListener('abort', () => this.#wake(), { once: true });
    while (!signal.aborted) {
      const item = this.#items.shift();
      if (item instanceof Error) throw item;
      if (item !== undefined) yield item;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

/** A provider whose every answer the test decides, on a real socket. */
export class ScriptedServer {
  readonly address: string;
  readonly vms = new Feed<WatchVMsResponse>();
  readonly health = new Feed<HealthCheckResponse>();
  /** Terms that were announced. */
  readonly terms: number[] = [];
  /** Resume tokens of the WatchVMs streams that were opened. */
  readonly tokens: string[] = [];
  openStreams = 0;
  validations = 0;
  info: PartialMessage<GetProviderInfoResponse> = {
    type: 'mock',
    version: '1',
    contractMin: 1,
    contractMax: 1,
    instanceId: 'i1',
  };
  /** So many questions who it is are refused. */
  infoRefusals = 0;
  validate: () => PartialMessage<ValidateResponse> = () => ({ ok: true });
  #held: Promise<void> = Promise.resolve();
  readonly #server: Server;
  readonly #directory: string;

  private constructor(server: Server, directory: string) {
    this.#server = server;
    this.#directory = directory;
    this.address = `unix:${join(directory, 's.sock')}`;
  }

  static async start(): Promise<ScriptedServer> {
    const server = new Server();
    const scripted = new ScriptedServer(server, await mkdtemp(join(tmpdir(), 'vr-scripted-')));
    registerProviderService(server, scripted.#handlers());
    registerHealthService(server, {
      check: async () => HealthCheckResponse.fromPartial({ status: ServingStatus.SERVING }),
      watch: (_request, call) => scripted.#counted(scripted.health.read(call.signal)),
      list: async () => unimplemented(),
    } as Parameters<typeof registerHealthService>[1]);
    await new Promise<void>((resolve, reject) => {
      server.bindAsync(scripted.address, ServerCredentials.createInsecure(), (error) =>
        error ? reject(error) : resolve(),
      );
    });
    return scripted;
  }

  async stop(): Promise<void> {
    this.#server.forceShutdown();
    await rm(this.#directory, { recursive: true });
  }

  /** Lets GetProviderInfo wait; the returned function lets it go on. */
  holdInfo(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held = promise;
    return resolve;
  }

  upsert(id: string, uid: string): void {
    this.vms.push(
      WatchVMsResponse.fromPartial({
        event: { $case: 'upsert', value: { id, owner: { uid }, revision: id } },
      } as never),
    );
  }

  bookmark(resumeToken: string, initialListDone: boolean): void {
    this.vms.push(
      WatchVMsResponse.fromPartial({ event: { $case: 'bookmark', value: { resumeToken, initialListDone } } } as never),
    );
  }

  event(event: NonNullable<WatchVMsResponse['event']>): void {
    this.vms.push({ event });
  }

  serving(status: ServingStatus): void {
    this.health.push({ status });
  }

  #handlers(): ProviderHandlers {
    const handlers: Partial<ProviderHandlers> = {
      getProviderInfo: async ({ term }) => {
        this.terms.push(Number(term));
        await this.#held;
        if (this.infoRefusals > 0) {
          this.infoRefusals -= 1;
          throw new ContractError({ code: Code.INTERNAL, message: 'not now' });
        }
        return GetProviderInfoResponse.fromPartial(this.info as never);
      },
      validate: async () => {
        this.validations += 1;
        return ValidateResponse.fromPartial(this.validate() as never);
      },
      taskStatus: async () => {
        throw new ContractError({ code: Code.NOT_FOUND, reason: 'TASK_ABSENT', message: 'no such task' });
      },
      watchVMs: ({ resumeToken }, call) => {
        this.tokens.push(resumeToken);
        return this.#counted(this.vms.read(call.signal));
      },
      watchTasks: (_request, call) => this.#counted(new Feed<never>().read(call.signal)),
    };
    return new Proxy(handlers, {
      get: (target, name) => (Reflect.get(target, name) as unknown) ?? unimplemented,
    }) as ProviderHandlers;
  }

  async *#counted<T>(stream: AsyncGenerator<T>): AsyncGenerator<T> {
    this.openStreams += 1;
    try {
      yield* stream;
    } finally {
      this.openStreams -= 1;
    }
  }
}

async function unimplemented(): Promise<never> {
  throw new ContractError({ code: Code.UNIMPLEMENTED, message: 'not part of the script' });
}
