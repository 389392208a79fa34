import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withServedProvider } from '@virtrigaud/provider-sdk/testing';
import type { ServedProvider } from '@virtrigaud/provider-sdk/testing';
import provider from '../index.ts';
import { openMockHypervisor } from '../open-mock-hypervisor.ts';
import type { MockHypervisorAccess } from '../open-mock-hypervisor.ts';

/** Some replicas of the provider, each with its client, and the truth about the one hypervisor behind them. */
export interface Served {
  readonly truth: MockHypervisorAccess;
  readonly client: ServedProvider['client'];
  /** The same hypervisor through another replica. */
  readonly other: ServedProvider['client'];
}

/** Serves two replicas over one state directory for as long as `run` takes, and leaves nothing behind. */
export async function withReplicas<T>(run: (served: Served) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'mock-served-'));
  const endpoint = `mock://${directory}`;
  try {
    const truth = await openMockHypervisor(directory);
    return await withServedProvider(provider, { endpoint }, ({ client }) =>
      withServedProvider(provider, { endpoint }, (second) => run({ truth, client, other: second.client })),
    );
  } finally {
    await rm(directory, { recursive: true });
  }
}
