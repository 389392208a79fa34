import { createProviderClient, type ProviderClient } from '@virtrigaud/grpc-contract/client';
import { createMemoryLogger, Registry, type RunningProvider, type ServeOptions } from '@virtrigaud/service-kit';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Provider } from '../implement-provider.ts';
import { noCredentials } from '../serve/file-credentials.ts';

/** A provider that is served, and a real client of it. */
export interface ServedProvider {
  readonly client: ProviderClient;
  readonly running: RunningProvider;
  readonly registry: Registry;
}

/**
 * Serves a provider on a unix socket of its own, gives a real gRPC client to `run`, and leaves nothing behind, however that ends.
 */
export async function withServedProvider<T>(
  provider: Provider,
  options: Partial<ServeOptions>,
  run: (served: ServedProvider) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'virtrigaud-provider-'));
  const registry = options.registry ?? new Registry();
  const running = await provider.serve({
    listen: { kind: 'unix', path: join(directory, 'provider.sock') },
    provider: { namespace: 'default', name: 'test' },
    endpoint: 'test://local',
    insecureSkipVerify: false,
    credentials: noCredentials,
    healthCheck: { enabled: true, intervalMs: 30_000, timeoutMs: 5_000, failureThreshold: 1, successThreshold: 1 },
    logger: createMemoryLogger(),
    signal: new AbortController().signal,
    ...options,
    registry,
  });
  const client = createProviderClient({ address: running.address });
  try {
    return await run({ client, running, registry });
  } finally {
    client.close();
    await running.stop();
    await rm(directory, { recursive: true, force: true });
  }
}
