import { ConformanceError } from '../check-failure.ts';
import type { Journal } from './journal.ts';
import { show, showError } from './show.ts';

/** Where a stream comes from, and how long to wait for what it has to say. */
export interface StreamSource<E> {
  readonly name: string;
  readonly request: unknown;
  open(signal: AbortSignal): AsyncIterable<{ event?: E | undefined }>;
}

/** Everything a stream has said so far. */
export class EventLog<E extends { readonly $case: string }> {
  readonly events: E[] = [];
  readonly #abort = new AbortController();
  readonly #sent: string;
  readonly #journal: Journal;
  readonly #waitMs: number;
  #ended: string | undefined;
  #tell = (): void => undefined;

  constructor(source: StreamSource<E>, { journal, waitMs }: { readonly journal: Journal; readonly waitMs: number }) {
    this.#sent = `${source.name} ${show(source.request)}`;
    this.#journal = journal;
    this.#waitMs = waitMs;
    journal.wrote(this.#sent);
    void this.#read(source);
  }

  /**
   * Waits for an event, those that came before included.
   *
   * @param what - in words that go on from "expected", for the one who reads that it did not come.
   * @param waitMs - how long to wait; as long as changes may take to be seen, unless told.
   */
  async until<F extends E = E>(what: string, isWanted: (event: E) => event is F, waitMs?: number): Promise<F>;
  async until(what: string, isWanted: (event: E) => boolean, waitMs?: number): Promise<E>;
  async until(what: string, isWanted: (event: E) => boolean, waitMs = this.#waitMs): Promise<E> {
    const deadline = Date.now() + waitMs;
    for (;;) {
      const found = this.events.find(isWanted);
      if (found) return found;
      const leftMs = deadline - Date.now();
      if (this.#ended !== undefined || leftMs <= 0) throw this.#missing(what, waitMs);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#tell = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Ends the stream. */
  close(): void {
    this.#abort.abort();
    this.#tell();
  }

  async #read(source: StreamSource<E>): Promise<void> {
    try {
      for await (const { event } of source.open(this.#abort.signal)) {
        if (event) this.events.push(event);
        this.#tell();
      }
      this.#ended = 'the stream ended';
    } catch (error) {
      this.#ended = `the stream ended with ${showError(error)}`;
    }
    this.#tell();
  }

  #missing(what: string, waitMs: number): ConformanceError {
    const last = this.events.slice(-3).map((event) => show(event));
    const came = [
      `${String(this.events.length)} events`,
      ...(last.length > 0 ? [`the last: ${last.join('; ')}`] : []),
      this.#ended ?? `then nothing for ${String(waitMs / 1000)} s`,
    ].join(', ');
    const sent = `${this.#sent}; meanwhile ${this.#journal.sent}`;
    return new ConformanceError({ kind: 'failed', finding: { sent, expected: what, came } });
  }
}
