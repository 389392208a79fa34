import { Reason, type ServerCall, type WatchVMsRequest, type WatchVMsResponse } from '@virtrigaud/grpc-contract/server';
import type { Inventory, InventoryEvent } from '../inventory/inventory.ts';
import { ProviderError } from '../provider-error.ts';
import type { Runtime } from '../runtime.ts';
import { isShownTo } from './audience.ts';
import { Wakeup } from './wakeup.ts';

/** A watcher that hears nothing for three of these takes what it knows for unconfirmed. */
export const HEARTBEAT_MS = 15_000;

type Message = NonNullable<WatchVMsResponse['event']>;

/** WatchVMs: everything there is, then what changes; Stale instead of bookmarks while the hypervisor cannot be seen. */
export async function* watchVms(
  runtime: Runtime,
  request: WatchVMsRequest,
  call: ServerCall,
): AsyncGenerator<WatchVMsResponse, void, undefined> {
  const { inventory } = runtime;
  const wakeup = new Wakeup(AbortSignal.any([call.signal, runtime.draining]), HEARTBEAT_MS);
  const stop = inventory.onChange(() => {
    wakeup.wake();
  });
  try {
    for await (const event of follow(runtime, request, wakeup)) yield { event };
  } finally {
    stop();
    wakeup.close();
  }
  if (runtime.draining.aborted) throw stopping();
}

/** A stream of a provider that drains: the watcher resumes elsewhere, or later. */
export const stopping = () =>
  new ProviderError('Unavailable', { reason: Reason.ProviderStopping, message: 'the provider is stopping' });

async function* follow(runtime: Runtime, request: WatchVMsRequest, wakeup: Wakeup): AsyncGenerator<Message> {
  const { inventory } = runtime;
  const watcher = new Watcher(runtime, request);
  let position = resumePosition(runtime, request.resumeToken);
  let listed = position !== undefined;
  if (position === undefined && request.resumeToken !== '') yield { $case: 'resync', value: {} };
  let shown: string | undefined;
  for (;;) {
    if (wakeup.ended) return;
    const state = inventory.freshness.kind;
    const isNews = state !== shown;
    if (state === 'Stale' && (isNews || wakeup.isHeartbeat)) yield staleMessage(inventory);
    if (state === 'Fresh') {
      const missed = position === undefined ? undefined : inventory.since(position);
      if (position === undefined || missed === undefined) {
        if (listed) yield { $case: 'resync', value: {} };
        const at: number = inventory.position;
        yield* watcher.everything();
        position = at;
        listed = true;
        yield watcher.bookmark(position, { initialListDone: true });
      } else {
        yield* watcher.messages(missed);
        // Not the inventory's position: it may have moved on while the reader took its time.
        position += missed.length;
        if (missed.length > 0 || isNews || wakeup.isHeartbeat) {
          yield watcher.bookmark(position, { initialListDone: isNews });
        }
      }
    }
    shown = state;
    await wakeup.next();
  }
}

/** One stream's view of the inventory. */
class Watcher {
  readonly #runtime: Runtime;
  readonly #request: WatchVMsRequest;

  constructor(runtime: Runtime, request: WatchVMsRequest) {
    this.#runtime = runtime;
    this.#request = request;
  }

  *everything(): Generator<Message> {
    for (const vm of this.#runtime.inventory.all())
      if (isShownTo(this.#request, vm)) yield { $case: 'upsert', value: vm };
  }

  /** A VM that is no longer shown, since its stamp is gone, is gone for this watcher. */
  *messages(events: readonly InventoryEvent[]): Generator<Message> {
    for (const event of events) {
      if (event.kind === 'Upsert' && isShownTo(this.#request, event.vm)) yield { $case: 'upsert', value: event.vm };
      else if (event.was && isShownTo(this.#request, event.was)) {
        yield { $case: 'gone', value: { id: event.was.id, owner: event.was.owner } };
      }
    }
  }

  bookmark(position: number, { initialListDone }: { readonly initialListDone: boolean }): Message {
    return {
      $case: 'bookmark',
      value: { resumeToken: `${this.#runtime.instanceId}.${String(position)}`, initialListDone },
    };
  }
}

function staleMessage({ freshness }: Inventory): Message {
  const stale = freshness.kind === 'Stale' ? freshness : { since: undefined, reason: '' };
  return { $case: 'stale', value: { since: stale.since, reason: stale.reason } };
}

/** Where a token stands; undefined for none, a foreign or an old one. */
function resumePosition({ instanceId, inventory }: Runtime, token: string): number | undefined {
  const [instance, position = ''] = token.split('.');
  if (instance !== instanceId || !/^\d+$/.test(position)) return undefined;
  return inventory.since(Number(position)) && Number(position);
}
