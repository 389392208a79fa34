import type { KubeObject, ObjectKey } from '../api/kube-object.ts';
import type { ResourceDescriptor, WatchFrame } from '../api/resource-client.ts';
import { silentLogger } from '../ports/logger.ts';
import { systemClock, systemRandom } from '../ports/system-clock.ts';
import { IndexedStore } from './indexed-store.ts';
import type { Change, ChangeListener, Informer, InformerOptions, InformerTimings } from './informer.ts';
import { Listeners } from './listeners.ts';
import { Reflector } from './reflector.ts';
import type { ReflectorTarget } from './reflector.ts';
import { withoutManagedFields } from './without-managed-fields.ts';

/**
 * Follows a resource: a paged list, then a watch from there, for as long as its signal allows.
 *
 * A reset, a stall, a 410, an ERROR event, garbage: each leads to a new watch or a new list, with jittered back-off,
 * and no event is lost: what happened meanwhile is worked out from the list.
 */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  return new ReflectedInformer(options);
}

const defaultTimings: InformerTimings = {
  backoffBaseMs: 100,
  // With the answer itself, recovery is seen within two seconds.
  backoffMaxMs: 1_500,
  relistBackoffMaxMs: 30_000,
  inactivityMs: 90_000,
  watchLifeMs: 600_000,
  listTimeoutMs: 30_000,
};

class ReflectedInformer<T extends KubeObject> implements Informer<T>, ReflectorTarget<T> {
  readonly store: IndexedStore<T>;
  readonly synced: Promise<void>;
  readonly #listeners: Listeners<T>;
  readonly #reflector: Reflector<T>;
  readonly #resolveSynced: () => void;
  #hasSynced = false;
  #started = false;
  #mark = 0;

  constructor(options: InformerOptions<T>) {
    const { client, namespace, labelSelector, fieldSelector, transform = (object: T) => object } = options;
    const logger = options.logger ?? silentLogger;
    const resourceName = nameOf(client.descriptor);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.synced = promise;
    this.#resolveSynced = resolve;
    this.store = new IndexedStore(options.indexes);
    this.#listeners = new Listeners(logger, resourceName);
    this.#reflector = new Reflector<T>({
      client,
      selection: { namespace, labelSelector, fieldSelector },
      shrink: (object) => transform(withoutManagedFields(object)),
      target: this,
      pageSize: options.pageSize,
      timings: { ...defaultTimings, ...options.timings },
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      logger,
      metrics: options.metrics,
      resourceName,
    });
  }

  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  async start(signal: AbortSignal): Promise<void> {
    if (this.#started) throw new Error('The informer was started already');
    this.#started = true;
    await this.#reflector.run(signal);
  }

  subscribe(listener: ChangeListener<T>): () => void {
    for (const object of [...this.store.confirmed()]) this.#listeners.tellOne(listener, { type: 'added', object });
    return this.#listeners.add(listener);
  }

  listing(): void {
    this.#mark = this.store.mark();
  }

  replace(items: ReadonlyMap<ObjectKey, T>, version: string): void {
    for (const change of this.store.replace(items, { version, mark: this.#mark })) this.#listeners.tell(change);
    this.#hasSynced = true;
    this.#resolveSynced();
  }

  apply(frame: WatchFrame<T>): void {
    for (const change of this.#take(frame)) this.#listeners.tell(change);
  }

  #take(frame: WatchFrame<T>): readonly Change<T>[] {
    switch (frame.type) {
      case 'ADDED':
      case 'MODIFIED':
        return this.store.put(frame.object);
      case 'DELETED':
        return this.store.remove(frame.object);
      case 'BOOKMARK':
        this.store.advance(frame.resourceVersion);
        return [];
    }
  }
}

function nameOf({ plural, group }: ResourceDescriptor): string {
  return group === '' ? plural : `${plural}.${group}`;
}
