import { Server, ServerCredentials } from '@grpc/grpc-js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProviderClient, type ProviderClient } from '../src/client/index.ts';
import {
  registerHealthService,
  registerProviderService,
  type ProviderHandlers,
  type ServerHooks,
} from '../src/server/index.ts';

const unanswered = new Proxy({} as ProviderHandlers, {
  get: (_target, name) => () => {
    throw new Error(`the test gave no handler for ${String(name)}`);
  },
});

/** Serves the given handlers on a unix socket of its own, runs, and leaves nothing behind. */
export async function withServer(
  handlers: Partial<ProviderHandlers>,
  run: (client: ProviderClient) => Promise<void>,
  hooks: ServerHooks = {},
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'virtrigaud-contract-'));
  const server = new Server();
  registerProviderService(
    server,
    new Proxy(handlers as ProviderHandlers, {
      get: (own, name) => own[name as keyof ProviderHandlers] ?? unanswered[name as keyof ProviderHandlers],
    }),
    hooks,
  );
  registerHealthService(server, {
    check: async () => ({ status: 1 }),
    async *watch() {
      yield { status: 1 };
    },
  });
  const address = `unix:${join(dir, 'provider.sock')}`;
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
  const client = createProviderClient({ address });
  try {
    await run(client);
  } finally {
    client.close();
    server.forceShutdown();
    await rm(dir, { recursive: true, force: true });
  }
}
