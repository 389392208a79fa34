import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way from a manager to a provider that can be shut: what is sent on it meanwhile arrives when it is opened again. */
export class Gate {
  readonly address: string;
  readonly #to: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #held: (() => void)[] = [];
  #isShut = false;

  private constructor(path: string, to: string) {
    this.address = `unix:${path}`;
    this.#to = to;
    this.#server = createServer((socket) => this.#join(socket));
  }

  /** Listens on the socket `path`, and leads to the socket `to`. */
  static async open(path: string, to: string): Promise<Gate> {
    const gate = new Gate(path, to);
    gate.#server.listen(path);
    await once(gate.#server, 'listening');
    return gate;
  }

  /** From here on nothing that the manager sends arrives; what the provider sends does. */
  shut(): void {
    this.#isShut = true;
  }

  /** Delivers what was held up, in order. */
  open(): void {
    this.#isShut = false;
    for (const deliver of this.#held.splice(0)) deliver();
  }

  /** Ends the way, and with it what it holds up. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    const far = connect(this.#to);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        this.#pass(socket === near, () => other.end());
      });
    }
    near.on('data', (bytes) => this.#pass(true, () => far.write(bytes)));
    far.on('data', (bytes) => near.write(bytes));
  }

  #pass(isFromManager: boolean, deliver: () => void): void {
    if (isFromManager && this.#isShut) this.#held.push(deliver);
    else deliver();
  }
}
