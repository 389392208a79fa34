import type { ObjectKey } from '@virtrigaud/kube-runtime';

/** Limits how many VMs of a Provider a change of a class or network reaches at a time: 5 %, and at least one. */
export class RolloutGate {
  readonly #inFlight = new Map<ObjectKey, Set<string>>();

  /** Whether one more VM may be changed now; one that is being changed may go on. */
  isOpen(provider: ObjectKey, uid: string, boundVms: number): boolean {
    const inFlight = this.#inFlight.get(provider);
    return !inFlight || inFlight.has(uid) || inFlight.size < Math.max(1, Math.floor(boundVms * 0.05));
  }

  begin(provider: ObjectKey, uid: string): void {
    const inFlight = this.#inFlight.get(provider) ?? new Set();
    inFlight.add(uid);
    this.#inFlight.set(provider, inFlight);
  }

  /** The VM has settled, failed or gone. @returns whether a place became free. */
  end(provider: ObjectKey, uid: string): boolean {
    return this.#inFlight.get(provider)?.delete(uid) ?? false;
  }
}
