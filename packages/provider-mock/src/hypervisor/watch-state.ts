import { isGuestUp, nextChangeAt } from './guest.ts';
import type { HypervisorState } from './hypervisor-state.ts';
import type { RecordStore } from './record-store.ts';

/** What a hypervisor tells those who watch it. */
export type HypervisorEvent =
  | { readonly kind: 'changed'; readonly id: string }
  /** It does not answer any more, or does again; what changed meanwhile was not told. */
  | { readonly kind: 'sight'; readonly blind: boolean }
  /** It cannot be watched any more; nothing follows. */
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Tells each change of a VM by its id, as late as the knobs say: what any process wrote, and what guests do by themselves. Driven by
 * events of the file system and by timers for guests that boot or shut down: a hypervisor at rest costs nothing.
 *
 * @returns ends it.
 */
export async function watchState(
  hypervisor: HypervisorState,
  listener: (event: HypervisorEvent) => void,
): Promise<() => void> {
  const timers = new Set<NodeJS.Timeout>();
  const guests = new Map<string, NodeJS.Timeout>();
  let blind = (await hypervisor.knobs.read()).blind;
  let ended = false;

  const later = (delayMs: number, act: () => void): NodeJS.Timeout => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, delayMs);
    timers.add(timer);
    return timer;
  };
  const fail = (error: unknown): void => {
    if (!ended) listener({ kind: 'failed', error });
  };
  const attempt = (act: () => Promise<void>): void => {
    act().catch(fail);
  };
  const tell = async (id: string): Promise<void> => {
    const [{ streamLagMs }, vm] = await Promise.all([hypervisor.knobs.read(), hypervisor.vms.get(id)]);
    if (ended) return;
    const now = Date.now();
    const next = vm && nextChangeAt(vm, now);
    const known = guests.get(id);
    if (known) clearTimeout(known);
    guests.delete(id);
    if (next !== undefined)
      guests.set(
        id,
        later(next - now + 1, () => attempt(() => tell(id))),
      );
    if (!blind) later(streamLagMs, () => listener({ kind: 'changed', id }));
  };
  const look = async (): Promise<void> => {
    const now = (await hypervisor.knobs.read()).blind;
    if (ended || now === blind) return;
    blind = now;
    listener({ kind: 'sight', blind });
  };
  const follow = (store: RecordStore<object>, idOf: (key: string) => string): (() => void) =>
    store.watch({ changed: (key) => attempt(() => tell(idOf(key))), failed: fail });

  const ends = [
    hypervisor.watchKnobs({ changed: () => attempt(look), failed: fail }),
    follow(hypervisor.vms, (id) => id),
    follow(hypervisor.volumes, (key) => key.slice(0, key.lastIndexOf('.'))),
  ];
  for (const vm of (await hypervisor.vms.list()).values()) {
    if (vm.offAt !== undefined || (vm.power === 'on' && !isGuestUp(vm, Date.now()))) await tell(vm.id);
  }

  return () => {
    ended = true;
    for (const end of ends) end();
    for (const timer of timers) clearTimeout(timer);
  };
}
