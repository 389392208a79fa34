import type { Invoker } from '../api/invoker.ts';
import type { DomainEvent, DomainEventKind } from '../domain-event.ts';
import type { EventMessage } from '../procedures/events.ts';
import { deregisterDomainEvent, eventRows, registerDomainEvent } from '../procedures/events.ts';
import { Program } from '../procedures/procedure.ts';
import type { CallOptions } from '../types.ts';
import type { Packet } from '../wire/packet.ts';
import type { RpcChannel } from '../wire/rpc-channel.ts';
import { decodeWith } from '../xdr/codec.ts';

type Listener = (event: DomainEvent) => void;

/** Registrations for domain events on one channel. */
export class DomainEvents {
  readonly #invoker: Invoker;
  readonly #listeners = new Map<number, Listener>();
  /** Events that came between libvirtd's reply to a registration and our knowing its number. */
  #early: EventMessage[] = [];
  #registering = 0;

  constructor(channel: RpcChannel, invoker: Invoker) {
    this.#invoker = invoker;
    channel.onEvent((packet) => this.#take(packet));
  }

  /** Registers for all kinds, or, when one fails, for none. */
  async register(
    kinds: readonly DomainEventKind[],
    listener: Listener,
    options?: CallOptions,
  ): Promise<() => Promise<void>> {
    const registered: number[] = [];
    const deregister = async (): Promise<void> => {
      const callbackIds = registered.splice(0);
      for (const callbackId of callbackIds) this.#listeners.delete(callbackId);
      for (const callbackId of callbackIds) await this.#invoker.call(deregisterDomainEvent, { callbackId });
    };
    try {
      for (const kind of new Set(kinds)) registered.push(await this.#registerOne(kind, listener, options));
    } catch (error) {
      // The first error is the one to report: the second is most often the same loss of the connection.
      await deregister().catch(() => undefined);
      throw error;
    }
    return deregister;
  }

  async #registerOne(kind: DomainEventKind, listener: Listener, options?: CallOptions): Promise<number> {
    const row = eventRows.find((candidate) => candidate.kind === kind);
    if (!row) throw new TypeError(`unknown kind of domain event '${kind}'`);
    this.#registering += 1;
    try {
      const args = { eventId: row.eventId, domain: undefined };
      const { callbackId } = await this.#invoker.call(registerDomainEvent, args, options);
      this.#listeners.set(callbackId, listener);
      this.#deliverEarly(callbackId, listener);
      return callbackId;
    } finally {
      this.#registering -= 1;
      if (this.#registering === 0) this.#early = [];
    }
  }

  #deliverEarly(callbackId: number, listener: Listener): void {
    const mine = this.#early.filter((message) => message.callbackId === callbackId);
    this.#early = this.#early.filter((message) => message.callbackId !== callbackId);
    for (const { event } of mine) listener(event);
  }

  #take(packet: Packet): void {
    if (packet.program !== Program.remote) return;
    const row = eventRows.find((candidate) => candidate.message === packet.procedure);
    if (!row) return;
    const message = decodeWith(row.payload, packet.payload);
    const listener = this.#listeners.get(message.callbackId);
    if (listener) listener(message.event);
    else if (this.#registering > 0) this.#early.push(message);
  }
}
