/** Addresses of guests as last seen: by domain UUID, then by MAC. It asks nobody itself. */
export class AddressBook {
  readonly #guests = new Map<string, ReadonlyMap<string, readonly string[]>>();

  /** What is known of a guest; nothing when it was never seen. */
  of(uuid: string): ReadonlyMap<string, readonly string[]> {
    return this.#guests.get(uuid) ?? new Map();
  }

  /** Takes what was seen of a guest. Answers whether that is news. */
  set(uuid: string, addresses: ReadonlyMap<string, readonly string[]>): boolean {
    const before = this.#guests.get(uuid);
    if (before && same(before, addresses)) return false;
    this.#guests.set(uuid, addresses);
    return before !== undefined || addresses.size > 0;
  }

  /** Forgets a guest that stopped, so that its old addresses are not taken for new ones. */
  forget(uuid: string): void {
    this.#guests.delete(uuid);
  }
}

function same(a: ReadonlyMap<string, readonly string[]>, b: ReadonlyMap<string, readonly string[]>): boolean {
  return a.size === b.size && [...a].every(([mac, addresses]) => b.get(mac)?.join() === addresses.join());
}
