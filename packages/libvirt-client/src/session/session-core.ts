import type { Clock } from '../clock.ts';
import type { OpenConnection } from '../connection/open-connection.ts';
import { openConnection } from '../connection/open-connection.ts';
import type { ResolvedOptions } from '../connection/resolve-options.ts';
import type { DomainEvent } from '../domain-event.ts';
import { LibvirtError } from '../libvirt-error.ts';
import type { Lane } from '../procedures/procedure.ts';
import type { CallOptions } from '../types.ts';
import { watchLimits } from '../wire/call-limits.ts';
import { DEFAULT_BACKOFF } from './backoff.ts';
import type { SessionOptions, SessionState } from './libvirt-session.ts';
import { Listeners } from './listeners.ts';
import { SessionLane } from './session-lane.ts';

/** The lanes of a session, what state they make together, and who wants to know. */
export class SessionCore {
  readonly lanes: Readonly<Record<Lane, SessionLane>>;
  readonly stateListeners = new Listeners<SessionState>();
  readonly eventListeners = new Listeners<DomainEvent>();
  readonly resyncListeners = new Listeners<void>();
  readonly #resolved: ResolvedOptions;
  readonly #options: SessionOptions;
  readonly #clock: Clock;
  #state: SessionState = { kind: 'connecting' };
  #resyncDue = false;

  constructor(resolved: ResolvedOptions, options: SessionOptions) {
    this.#resolved = resolved;
    this.#options = options;
    this.#clock = resolved.clock;
    this.lanes = {
      short: this.#lane((signal) => this.#openWithEvents(signal)),
      long: this.#lane((signal) => openConnection(resolved, signal)),
      guest: this.#lane((signal) => openConnection(resolved, signal)),
    };
  }

  get state(): SessionState {
    return this.#state;
  }

  start(): void {
    for (const lane of Object.values(this.lanes)) void lane.start();
  }

  whenConnected(options: CallOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const limits = { timeoutMs: options.timeoutMs ?? this.#resolved.connectTimeoutMs, signal: options.signal };
      const look = (): void => {
        if (this.#state.kind === 'connected') settle(resolve);
        else if (this.#state.kind === 'closed') settle(() => reject(notConnected('lost', 'the session is closed')));
      };
      const settle = (finish: () => void): void => {
        off();
        stop();
        finish();
      };
      const off = this.stateListeners.add(look);
      const stop = watchLimits(limits, this.#clock, ({ kind, message }) => {
        off();
        const why = this.#state.kind === 'lost' ? this.#state.error : undefined;
        reject(notConnected(kind, why ? `${message}: ${why.message}` : message, why));
      });
      look();
    });
  }

  async close(): Promise<void> {
    if (this.#state.kind === 'closed') return;
    this.#enter({ kind: 'closed' });
    await Promise.all(Object.values(this.lanes).map((lane) => lane.stop()));
  }

  #lane(open: (signal: AbortSignal) => Promise<OpenConnection>): SessionLane {
    return new SessionLane({
      clock: this.#clock,
      backoff: this.#options.backoff ?? DEFAULT_BACKOFF,
      open,
      onUp: () => this.#onUp(),
      onDown: (down) => this.#enter({ kind: 'lost', ...down }),
    });
  }

  async #openWithEvents(signal: AbortSignal): Promise<OpenConnection> {
    const connection = await openConnection(this.#resolved, signal);
    try {
      const kinds = this.#options.domainEvents ?? [];
      await connection.events.register(kinds, (event) => this.eventListeners.emit(event), { signal });
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#resyncDue = true;
    return connection;
  }

  #onUp(): void {
    if (Object.values(this.lanes).some((lane) => lane.connection === undefined)) return;
    this.#enter({ kind: 'connected' });
    if (!this.#resyncDue) return;
    this.#resyncDue = false;
    this.resyncListeners.emit();
  }

  #enter(state: SessionState): void {
    if (this.#state.kind === 'closed') return;
    this.#state = state;
    this.stateListeners.emit(state);
  }
}

function notConnected(kind: LibvirtError['kind'], why: string, cause?: unknown): LibvirtError {
  return new LibvirtError({ kind, outcome: 'not-sent', message: `no connection to libvirtd: ${why}`, cause });
}
