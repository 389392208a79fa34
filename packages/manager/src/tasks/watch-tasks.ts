import type { ProviderClient } from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger, Random } from '@virtrigaud/kube-runtime';
import { jitteredBackoffMs } from '../transport/backoff.ts';
import { callMetadata, sleep } from '../transport/provider-channel.ts';
import type { TaskBoard } from './task-board.ts';

const reconnectBackoff = { baseMs: 200, maxMs: 10_000 };

/** Settings of {@link watchTasks}. */
export interface WatchTasksOptions {
  readonly client: ProviderClient;
  readonly clusterId: string;
  readonly board: TaskBoard;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly correlationId: string;
}

/** Feeds the board from the provider's stream, through every failure, until `signal`. Never rejects. */
export async function watchTasks(options: WatchTasksOptions, signal: AbortSignal): Promise<void> {
  const { client, clusterId, board, clock, random, logger } = options;
  let failures = 0;
  while (!signal.aborted) {
    try {
      const call = { signal, metadata: callMetadata(options.correlationId) };
      for await (const { event } of client.watchTasks({ clusterId }, call)) {
        failures = 0;
        if (event?.$case === 'task') board.heard(event.value);
      }
    } catch (error) {
      if (!signal.aborted)
        logger.warn('task stream ended', { why: error instanceof Error ? error.message : String(error) });
    }
    failures += 1;
    await sleep(clock, jitteredBackoffMs(failures, reconnectBackoff, random), signal);
  }
}
