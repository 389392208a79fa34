import { ApiError } from '../api/api-error.ts';
import type { KubeObject, ObjectKey } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import type { ResourceClient, Selection, WatchFrame } from '../api/resource-client.ts';
import { backoffMs } from '../ports/backoff.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { InformerMetrics, WatchEnd } from '../ports/metrics.ts';
import { sleep } from '../ports/sleep.ts';
import type { InformerTimings } from './informer.ts';
import { startWatchdog } from './watchdog.ts';

/** What a reflector copies into. */
export interface ReflectorTarget<T> {
  /** A list is about to be asked for. */
  listing(): void;
  replace(items: ReadonlyMap<ObjectKey, T>, version: string): void;
  apply(frame: WatchFrame<T>): void;
}

/** What a reflector needs, all of it given. */
export interface ReflectorOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly selection: Selection;
  readonly shrink: (object: T) => T;
  readonly target: ReflectorTarget<T>;
  readonly pageSize: number | undefined;
  readonly timings: InformerTimings;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: InformerMetrics | undefined;
  /** For logs and metrics. */
  readonly resourceName: string;
}

/** After so many watches in a row that failed before they said anything, a full list is tried. */
const MAX_FRUITLESS = 5;
const JITTER = 0.5;

/** Copies a resource: a list, then a watch from there, over and over. */
export class Reflector<T extends KubeObject> {
  readonly #options: ReflectorOptions<T>;
  /** Where the next watch goes on; undefined when a list is due. */
  #version: string | undefined;
  #listFailures = 0;
  /** Watches in a row that did not live long. */
  #watchFailures = 0;
  /** Watches in a row that failed before they said anything. */
  #fruitless = 0;
  /** Lists in a row that no watch could go on from. */
  #vainLists = 0;

  constructor(options: ReflectorOptions<T>) {
    this.#options = options;
  }

  /** Returns once `signal` is aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const waitMs = this.#version === undefined ? await this.#list(signal) : await this.#watch(this.#version, signal);
      if (waitMs > 0) await sleep(this.#options.clock, waitMs, signal);
    }
  }

  /** @returns how long to wait before what comes next. */
  async #list(signal: AbortSignal): Promise<number> {
    const { metrics, resourceName, logger } = this.#options;
    try {
      await this.#relist(signal);
      this.#listFailures = 0;
      metrics?.listed(resourceName, 'success');
      return 0;
    } catch (error) {
      if (signal.aborted) return 0;
      metrics?.listed(resourceName, 'error');
      this.#listFailures += 1;
      const waitMs = this.#waitMs(this.#listFailures - 1, error);
      logger.warn('List failed', { resource: resourceName, error, failures: this.#listFailures, retryAfterMs: waitMs });
      return waitMs;
    }
  }

  async #relist(signal: AbortSignal): Promise<void> {
    const { client, selection, shrink, target, pageSize, timings } = this.#options;
    const items = new Map<ObjectKey, T>();
    let version = '';
    target.listing();
    for await (const page of client.pages({ ...selection, pageSize, signal, timeoutMs: timings.listTimeoutMs })) {
      for (const item of page.items) items.set(objectKey(item.metadata), shrink(item));
      version = page.resourceVersion;
    }
    target.replace(items, version);
    this.#version = version;
  }

  /** @returns how long to wait before what comes next. */
  async #watch(version: string, signal: AbortSignal): Promise<number> {
    const { clock, timings, metrics, resourceName } = this.#options;
    const startedMs = clock.monotonicMs();
    const end = await this.#follow(version, signal);
    if (signal.aborted) return 0;
    metrics?.watchEnded(resourceName, end.why);
    const livedLong = clock.monotonicMs() - startedMs >= timings.backoffMaxMs;
    if (livedLong) this.#watchFailures = this.#vainLists = 0;
    if (end.why === 'expired') return this.#listAgain(end.error);
    if (livedLong && end.why !== 'error') return 0;
    this.#watchFailures += 1;
    this.#fruitless += end.why === 'closed' ? 0 : 1;
    this.#logEnd(end);
    if (this.#fruitless >= MAX_FRUITLESS) return this.#listAgain(end.error);
    return this.#waitMs(this.#watchFailures - 1, end.error);
  }

  /** A list is due: at once the first time, then ever later, until a watch lives from one. */
  #listAgain(error: unknown): number {
    const { timings, random, logger, resourceName } = this.#options;
    this.#version = undefined;
    this.#watchFailures = 0;
    this.#fruitless = 0;
    this.#vainLists += 1;
    const growth = { baseMs: timings.backoffBaseMs, maxMs: timings.relistBackoffMaxMs, jitter: JITTER };
    const waitMs = this.#vainLists === 1 ? 0 : backoffMs(growth, this.#vainLists - 2, random);
    logger.info('Lists again', { resource: resourceName, error, retryAfterMs: waitMs });
    return waitMs;
  }

  /** Follows one watch to its end. */
  async #follow(version: string, signal: AbortSignal): Promise<Ended> {
    const { client, selection, clock, timings, random } = this.#options;
    const stalled = new AbortController();
    const watchdog = startWatchdog(clock, timings.inactivityMs, () => stalled.abort());
    const serverTimeoutMs = timings.watchLifeMs * (1 - JITTER * random());
    const both = AbortSignal.any([signal, stalled.signal]);
    try {
      const frames = client.watch({ ...selection, resourceVersion: version, serverTimeoutMs, signal: both });
      for await (const frame of frames) {
        watchdog.feed();
        this.#apply(frame);
        this.#fruitless = 0;
      }
      return { why: 'closed' };
    } catch (error) {
      if (stalled.signal.aborted) return { why: 'stalled', error };
      return { why: meansList(error) ? 'expired' : 'error', error };
    } finally {
      watchdog.end();
    }
  }

  #apply(frame: WatchFrame<T>): void {
    const { target, shrink } = this.#options;
    if (frame.type === 'BOOKMARK') {
      this.#version = frame.resourceVersion;
      target.apply(frame);
      return;
    }
    const version = frame.object.metadata.resourceVersion;
    if (version === undefined) throw new ApiError('BadAnswer', 'A watch event has no metadata.resourceVersion');
    target.apply({ type: frame.type, object: shrink(frame.object) });
    this.#version = version;
  }

  #waitMs(failures: number, error: unknown): number {
    const { timings, random } = this.#options;
    const growth = { baseMs: timings.backoffBaseMs, maxMs: timings.backoffMaxMs, jitter: JITTER };
    const askedMs = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
    return Math.max(Math.min(askedMs, timings.relistBackoffMaxMs), backoffMs(growth, failures, random));
  }

  #logEnd({ why, error }: Ended): void {
    const { logger, resourceName } = this.#options;
    logger[why === 'closed' ? 'debug' : 'warn']('Watch ended early', { resource: resourceName, why, error });
  }
}

interface Ended {
  readonly why: WatchEnd;
  readonly error?: unknown;
}

/** Whether only a list helps: the version is too old or refused, or the server lost track in the middle of a watch. */
function meansList(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return error.code === 'WatchFailed' || error.status === 410 || error.status === 400;
}
