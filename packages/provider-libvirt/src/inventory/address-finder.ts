import type { DomainRef } from '@virtrigaud/libvirt-client';
import type { AddressLook } from './look-up-addresses.ts';

/** When to look after something happened to a guest, in milliseconds after the look before; the last one recurs. */
const LOOKS_MS = [500, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000];
const GIVE_UP_AFTER_MS = 300_000;
/** A guest with an agent may change its addresses without anybody being told. */
const STEADY_MS = 60_000;
const IN_FLIGHT = 4;

/** What a finder needs. */
export interface AddressFinderOptions {
  /** Looks once. It throws only when libvirt cannot be asked. */
  readonly look: (domain: DomainRef) => Promise<AddressLook>;
  /** Called when a guest's addresses changed. */
  readonly changed: (uuid: string) => void;
  /** Called when a look failed. */
  readonly failed: (error: unknown) => void;
  readonly signal: AbortSignal;
}

interface Search {
  readonly domain: DomainRef;
  timer: NodeJS.Timeout | undefined;
  step: number;
  waitedMs: number;
}

/**
 * Finds addresses of guests, for which libvirt has no event: after something happened it looks some times, further and further apart,
 * until each NIC has one; then once a minute where an agent can tell. Never more than four looks at once.
 */
export class AddressFinder {
  readonly #options: AddressFinderOptions;
  readonly #searches = new Map<string, Search>();
  readonly #ready: Search[] = [];
  #inFlight = 0;

  constructor(options: AddressFinderOptions) {
    this.#options = options;
    options.signal.addEventListener('abort', () => this.#stopAll(), { once: true });
  }

  /** Something happened to the guest that may bring addresses: begins from the start. */
  search(domain: DomainRef): void {
    this.stop(domain.uuid);
    if (this.#options.signal.aborted) return;
    const search: Search = { domain, timer: undefined, step: 0, waitedMs: 0 };
    this.#searches.set(domain.uuid, search);
    this.#after(search, LOOKS_MS[0] ?? 0);
  }

  /** The guest is gone or off. */
  stop(uuid: string): void {
    clearTimeout(this.#searches.get(uuid)?.timer);
    this.#searches.delete(uuid);
  }

  #stopAll(): void {
    for (const uuid of this.#searches.keys()) this.stop(uuid);
  }

  #after(search: Search, delayMs: number): void {
    search.waitedMs += delayMs;
    search.timer = setTimeout(() => {
      this.#ready.push(search);
      this.#drain();
    }, delayMs);
    search.timer.unref();
  }

  #drain(): void {
    while (this.#inFlight < IN_FLIGHT) {
      const search = this.#ready.shift();
      if (!search) return;
      if (this.#searches.get(search.domain.uuid) === search) void this.#look(search);
    }
  }

  async #look(search: Search): Promise<void> {
    this.#inFlight += 1;
    try {
      const look = await this.#options.look(search.domain);
      if (this.#searches.get(search.domain.uuid) !== search) return;
      if (look.changed) this.#options.changed(search.domain.uuid);
      this.#next(search, look);
    } catch (error) {
      if (!this.#options.signal.aborted) this.#options.failed(error);
      if (this.#searches.get(search.domain.uuid) === search) this.#next(search, { complete: false, agent: false });
    } finally {
      this.#inFlight -= 1;
      this.#drain();
    }
  }

  #next(search: Search, { complete, agent }: Pick<AddressLook, 'complete' | 'agent'>): void {
    if (!complete && search.waitedMs < GIVE_UP_AFTER_MS) {
      search.step += 1;
      this.#after(search, LOOKS_MS[Math.min(search.step, LOOKS_MS.length - 1)] ?? 0);
    } else if (agent) {
      this.#after(search, STEADY_MS);
    } else {
      this.#searches.delete(search.domain.uuid);
    }
  }
}
