import { isAlreadyExists, isNotFound, isOutcomeUnknown } from '../api/api-error.ts';
import type { KubeObject } from '../api/kube-object.ts';
import { objectKey } from '../api/kube-object.ts';
import { resource } from '../api/resource.ts';
import type { ResourceClient } from '../api/resource-client.ts';
import { backoffMs } from '../ports/backoff.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import { silentLogger } from '../ports/logger.ts';
import { sleep } from '../ports/sleep.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { createRateLimiter } from '../transport/rate-limiter.ts';
import type { RateLimiter } from '../transport/rate-limiter.ts';
import type { Transport } from '../transport/transport.ts';
import type { EventNote, EventRecorder, EventRecorderOptions } from './event-recorder.ts';
import { eventResource } from './event-resource.ts';
import type { Event } from './event-resource.ts';
import { eventName, eventOf, identityOf, namespaceOf, newSighting, secondsTime } from './sighting.ts';
import type { Sighting } from './sighting.ts';

/** Records events through a transport: counted when repeated, limited in rate, never in the way. */
export function createEventRecorder(transport: Transport, options: EventRecorderOptions): EventRecorder {
  return new BackgroundRecorder(transport, options);
}

/** API servers forget Events after an hour: a later one of the same kind is a new Event. */
const SAME_EVENT_MS = 3_600_000;
const MAX_TRIES = 4;
/** Short, since a program that stops waits for its last events. */
const WRITE = { timeoutMs: 5_000 };
/** How often it is said that events are dropped, while that goes on. */
const DROPPED_SAID_MS = 60_000;
const RETRY = { baseMs: 500, maxMs: 8_000, jitter: 0.5 };

class BackgroundRecorder implements EventRecorder {
  readonly #events: ResourceClient<Event>;
  readonly #source: { readonly component: string; readonly host: string };
  readonly #maxRemembered: number;
  readonly #maxPending: number;
  readonly #limiter: RateLimiter;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #never = new AbortController().signal;
  /** By identity, the least recently seen first. */
  readonly #remembered = new Map<string, Sighting>();
  readonly #pending = new Set<Sighting>();
  #writing: Promise<void> | undefined;
  /** Since the last line about it. */
  #dropped = 0;
  #lastDropped: Sighting | undefined;
  #droppedSaidMs = -Infinity;

  constructor(transport: Transport, options: EventRecorderOptions) {
    this.#events = resource(transport, eventResource);
    this.#source = { component: options.component, host: options.host };
    this.#maxRemembered = options.maxRemembered ?? 4_096;
    this.#maxPending = options.maxPending ?? 1_000;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? systemRandom;
    this.#logger = options.logger ?? silentLogger;
    this.#limiter = createRateLimiter({ qps: options.qps ?? 10, burst: options.burst ?? 50 }, this.#clock);
  }

  event(object: KubeObject, note: EventNote): void {
    this.#enqueue(this.#see(object, note));
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      this.#sayDropped();
    });
  }

  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #see(object: KubeObject, note: EventNote): Sighting {
    const identity = identityOf(object, note);
    const epochMs = this.#clock.epochMs();
    let sighting = this.#remembered.get(identity);
    this.#remembered.delete(identity);
    if (sighting !== undefined && epochMs - sighting.lastMs < SAME_EVENT_MS) {
      sighting.count += 1;
      sighting.lastMs = epochMs;
    } else {
      sighting = newSighting(object, note, { epochMs, suffix: this.#suffix() });
    }
    this.#remembered.set(identity, sighting);
    this.#forgetOldest();
    return sighting;
  }

  #forgetOldest(): void {
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > this.#maxRemembered && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #enqueue(sighting: Sighting): void {
    this.#pending.add(sighting);
    const [oldest] = this.#pending;
    if (this.#pending.size <= this.#maxPending || oldest === undefined) return;
    this.#pending.delete(oldest);
    this.#dropped += 1;
    this.#lastDropped = oldest;
    if (this.#clock.monotonicMs() - this.#droppedSaidMs >= DROPPED_SAID_MS) this.#sayDropped();
  }

  /** One line for many: ten thousand objects that come at once are no ten thousand warnings. */
  #sayDropped(): void {
    if (!this.#lastDropped) return;
    const fields = { dropped: this.#dropped, last: fieldsOf(this.#lastDropped) };
    this.#logger.warn('Too many events wait: the oldest are dropped', fields);
    this.#dropped = 0;
    this.#lastDropped = undefined;
    this.#droppedSaidMs = this.#clock.monotonicMs();
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.size > 0) {
      await this.#limiter.admit('write', this.#never);
      // Looked up only now: what waited may have been dropped meanwhile.
      const [next] = this.#pending;
      if (next === undefined) return;
      this.#pending.delete(next);
      await this.#writeOne(next);
    }
  }

  async #writeOne(sighting: Sighting): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#write(sighting);
        return;
      } catch (error) {
        const hopeless = !isOutcomeUnknown(error) && !isBusy(error);
        if (hopeless || tries >= MAX_TRIES) {
          this.#logger.warn('An event could not be written', { ...fieldsOf(sighting), error });
          return;
        }
        await sleep(this.#clock, backoffMs(RETRY, tries - 1, this.#random));
      }
    }
  }

  async #write(sighting: Sighting): Promise<void> {
    if (sighting.created && (await this.#count(sighting))) return;
    try {
      await this.#events.create(eventOf(sighting, this.#source), WRITE);
    } catch (error) {
      // The answer to an earlier try was lost.
      if (!isAlreadyExists(error)) throw error;
      await this.#count(sighting);
    }
    sighting.created = true;
  }

  /** @returns false if the Event has expired; the sighting then has a new name to create it under. */
  async #count(sighting: Sighting): Promise<boolean> {
    const key = objectKey({ namespace: namespaceOf(sighting), name: sighting.name });
    try {
      const change = { count: sighting.count, lastTimestamp: secondsTime(sighting.lastMs) };
      await this.#events.mergePatch(key, change, WRITE);
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      sighting.created = false;
      sighting.name = eventName(sighting.involved.name, this.#suffix());
      return false;
    }
  }

  #suffix(): string {
    const chance = Math.floor(this.#random() * 2 ** 24);
    return this.#clock.epochMs().toString(16) + chance.toString(16).padStart(6, '0');
  }
}

function isBusy(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'status' in error && error.status === 429;
}

function fieldsOf({ involved, note, count }: Sighting): Readonly<Record<string, unknown>> {
  const object = objectKey(involved);
  return { kind: involved.kind, object, reason: note.reason, count };
}
