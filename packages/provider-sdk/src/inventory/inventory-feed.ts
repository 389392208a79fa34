import type { Logger } from '@virtrigaud/service-kit';
import type { AnyImplementation, InventorySink, ListContext } from '../implementation.ts';
import { asContractError } from '../provider-error.ts';
import { UnreadableVm } from './unreadable-vm.ts';
import type { Session, SessionKeeper } from '../session/session-keeper.ts';
import type { Inventory } from './inventory.ts';

/** What the feed needs. */
export interface InventoryFeedOptions {
  readonly implementation: AnyImplementation;
  readonly keeper: SessionKeeper<unknown>;
  readonly inventory: Inventory;
  readonly logger: Logger;
  /** Tells the keeper that a session no longer works. */
  readonly lost: (session: Session<unknown>, error: unknown) => void;
}

/** Keeps the inventory current: events of the session first, then a full list, then each VM that an event names. */
export class InventoryFeed {
  readonly #options: InventoryFeedOptions;
  #looker: Looker | undefined;
  #stop: (() => void) | undefined;

  constructor(options: InventoryFeedOptions) {
    this.#options = options;
  }

  /** Follows each session of the keeper until {@link stop}. */
  start(): void {
    this.#stop = this.#options.keeper.onConnected((session) => {
      void this.#follow(session);
    });
  }

  /** Follows nothing any more; what is known stays as it is. */
  stop(): void {
    this.#stop?.();
    this.#looker = undefined;
  }

  /** Looks a VM up again, as after a mutation of ours, so that watchers need not wait for the hypervisor's event. */
  changed(id: string): void {
    this.#looker?.changed(id);
  }

  async #follow(session: Session<unknown>): Promise<void> {
    const { implementation, inventory, logger, lost } = this.#options;
    const looker = new Looker(session, this.#options);
    this.#looker = looker;
    session.ended.addEventListener(
      'abort',
      () => {
        if (this.#looker === looker)
          inventory.stale(this.#options.keeper.failure?.message ?? 'the session was replaced');
      },
      { once: true },
    );
    try {
      const watching = implementation.watchVms(session.value, looker, session.ended);
      looker.relist();
      await watching;
      if (!session.ended.aborted) lost(session, new Error('the watch of the hypervisor ended'));
    } catch (error) {
      if (session.ended.aborted) return;
      // The keeper tells people, in one line.
      logger.debug('the watch of the hypervisor failed', { error });
      lost(session, error);
    }
  }
}

/** Looks VMs up for one session: each once, however often it was named while the look-up before it ran. */
class Looker implements InventorySink {
  readonly #session: Session<unknown>;
  readonly #options: InventoryFeedOptions;
  readonly #waiting = new Set<string>();
  /** What was told of already: a list that is polled would tell it each time. */
  readonly #told = new Set<string>();
  #relist = false;
  #working = false;

  constructor(session: Session<unknown>, options: InventoryFeedOptions) {
    this.#session = session;
    this.#options = options;
  }

  changed(id: string): void {
    this.#waiting.add(id);
    void this.#work();
  }

  relist(): void {
    this.#relist = true;
    void this.#work();
  }

  upsert(vm: Parameters<InventorySink['upsert']>[0]): void {
    if (!this.#session.ended.aborted) this.#options.inventory.upsert(vm);
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while ((this.#relist || this.#waiting.size > 0) && !this.#session.ended.aborted) await this.#step();
    } catch (error) {
      if (!this.#session.ended.aborted) {
        this.#options.logger.debug('the inventory cannot be read', { error });
        this.#options.lost(this.#session, asContractError(error));
      }
    } finally {
      this.#working = false;
    }
  }

  async #step(): Promise<void> {
    if (this.#relist) {
      this.#relist = false;
      await this.#listAll();
      return;
    }
    const [id] = this.#waiting;
    if (id === undefined) return;
    this.#waiting.delete(id);
    const { implementation, inventory } = this.#options;
    try {
      const [vm] = await implementation.findVms(this.#session.value, { id }, this.#context());
      if (this.#session.ended.aborted) return;
      if (vm) inventory.upsert(vm);
      else inventory.gone(id);
    } catch (error) {
      if (!(error instanceof UnreadableVm)) throw error;
      this.#unreadable(error);
    }
  }

  async #listAll(): Promise<void> {
    const { implementation, inventory } = this.#options;
    const known = new Set(inventory.all().map(({ id }) => id));
    const listed = new Set<string>();
    let isWhole = true;
    const context = this.#context((error) => {
      isWhole = false;
      this.#unreadable(error);
    });
    for await (const vm of implementation.listVms(this.#session.value, context)) {
      if (this.#session.ended.aborted) return;
      listed.add(vm.id);
      inventory.upsert(vm);
    }
    // Where one could not be read, any that is missing may be that one.
    if (!this.#session.ended.aborted) inventory.replaceAll(listed, isWhole ? known : new Set());
  }

  #unreadable(error: unknown): void {
    const why = asContractError(error).message;
    if (this.#told.has(why)) return;
    this.#told.add(why);
    this.#options.logger.error('a VM cannot be read', { by: 'inventory', why, error });
  }

  #context(unreadable: ListContext['unreadable'] = () => undefined): ListContext {
    return {
      unreadable,
      signal: this.#session.ended,
      remainingMs: () => Number.POSITIVE_INFINITY,
      logger: this.#options.logger,
    };
  }
}
