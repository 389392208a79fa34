import type { WatchVMsResponse } from '@virtrigaud/grpc-contract/client';
import type { Clock, Logger, Random } from '@virtrigaud/kube-runtime';
import { jitteredBackoffMs } from '../transport/backoff.ts';
import { callMetadata, sleep } from '../transport/provider-channel.ts';
import type { Instance } from '../transport/route.ts';
import type { Inventory } from './inventory.ts';

/** A provider sends a bookmark every 15 s; this long without one, nothing is believed. */
export const silenceMs = 45_000;

const reconnectBackoff = { baseMs: 200, maxMs: 10_000 };

/** Settings of {@link watchVms}. */
export interface WatchVmsOptions {
  /** The instance to follow; undefined: none is there. Asked for each stream, and when one cannot see its hypervisor. */
  readonly pick: () => Instance | undefined;
  readonly clusterId: string;
  readonly inventory: Inventory;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly correlationId: string;
}

/** Feeds the inventory from the provider's stream, through every failure, until `signal`. Never rejects. */
export async function watchVms(options: WatchVmsOptions, signal: AbortSignal): Promise<void> {
  const { inventory, clock, random, logger } = options;
  const session: Session = { resumeToken: '', heard: false };
  let failures = 0;
  while (!signal.aborted) {
    session.heard = false;
    const why = await oneStream(options, session, signal);
    if (signal.aborted) return;
    failures = session.heard ? 1 : failures + 1;
    inventory.lose(why, clock.epochMs());
    logger.warn('inventory stream ended', { why, failures });
    await sleep(clock, jitteredBackoffMs(failures, reconnectBackoff, random), signal);
  }
}

interface Session {
  resumeToken: string;
  heard: boolean;
}

/** Runs one stream to its end. @returns why it ended. */
async function oneStream(options: WatchVmsOptions, session: Session, signal: AbortSignal): Promise<string> {
  const { pick, clusterId, inventory, clock } = options;
  const instance = pick();
  if (!instance) return 'no instance of the provider is ready';
  const silence = new AbortController();
  let cancelWatchdog = () => undefined as void;
  const rearm = () => {
    cancelWatchdog();
    cancelWatchdog = clock.schedule(silenceMs, () => silence.abort());
  };
  rearm();
  if (session.resumeToken === '') inventory.resync();
  try {
    const stream = instance.client.watchVMs(
      { resumeToken: session.resumeToken, clusterId, ownedOnly: true },
      {
        signal: AbortSignal.any([signal, silence.signal, instance.gone]),
        metadata: callMetadata(options.correlationId),
      },
    );
    for await (const { event } of stream) {
      if (!event) continue;
      session.heard = true;
      if (event.$case === 'bookmark') rearm();
      apply(event, options, session);
      if (event.$case === 'stale' && pick() !== instance) return 'another instance sees the hypervisor';
    }
    return 'the provider ended the stream';
  } catch (error) {
    if (instance.gone.aborted) return 'the instance that was followed is gone';
    if (silence.signal.aborted) return `nothing heard from the provider for ${String(silenceMs / 1000)} s`;
    return error instanceof Error ? error.message : String(error);
  } finally {
    cancelWatchdog();
  }
}

type Event = NonNullable<WatchVMsResponse['event']>;

function apply(event: Event, { inventory, clock }: WatchVmsOptions, session: Session): void {
  switch (event.$case) {
    case 'upsert':
      inventory.upsert(event.value);
      return;
    case 'gone':
      inventory.gone(event.value);
      return;
    case 'bookmark':
      session.resumeToken = event.value.resumeToken;
      inventory.bookmark(event.value.initialListDone);
      return;
    case 'resync':
      inventory.resync();
      return;
    case 'stale':
      inventory.lose(
        event.value.reason || 'the provider cannot see its hypervisor',
        event.value.since?.getTime() ?? clock.epochMs(),
      );
  }
}
