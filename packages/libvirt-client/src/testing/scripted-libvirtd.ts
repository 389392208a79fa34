import type { Duplex } from 'node:stream';
import { authList, connectClose, connectOpen, supportsFeature } from '../procedures/connect.ts';
import { deregisterDomainEvent, registerDomainEvent } from '../procedures/events.ts';
import { PacketType } from '../wire/packet.ts';
import type { Packet } from '../wire/packet.ts';
import { ScriptedServer } from './scripted-server.ts';

/** A libvirtd that opens every connection it is asked for; what comes after that is the spec's. */
export class ScriptedLibvirtd {
  readonly connections: ScriptedServer[] = [];
  /** Calls of registered events, by connection. */
  readonly registrations: Packet[] = [];
  /** While set, opening a connection fails. */
  down: Error | undefined;
  /** Authentication types that it offers. */
  authTypes: readonly number[] = [0];

  /** For `openDuplex`. */
  readonly open = async (): Promise<Duplex> => {
    if (this.down) throw this.down;
    const server = new ScriptedServer();
    this.connections.push(server);
    void this.#serve(server);
    return server.client;
  };

  /** Breaks off every connection. */
  die(): void {
    for (const connection of this.connections.splice(0)) connection.destroy();
  }

  async #serve(server: ScriptedServer): Promise<void> {
    for (;;) {
      const call = await server.next();
      if (call.type === PacketType.call) this.#answer(server, call);
    }
  }

  #answer(server: ScriptedServer, call: Packet): void {
    switch (call.procedure) {
      case authList.number:
        return server.reply(call, authList.result, { types: this.authTypes });
      case supportsFeature.number:
        return server.reply(call, supportsFeature.result, { supported: true });
      case connectOpen.number:
      case connectClose.number:
      case deregisterDomainEvent.number:
        return server.reply(call, connectOpen.result, undefined);
      case registerDomainEvent.number:
        this.registrations.push(call);
        return server.reply(call, registerDomainEvent.result, { callbackId: this.registrations.length });
      default:
        return server.refuse(call, { code: 3, message: `no procedure ${call.procedure} here` });
    }
  }
}
