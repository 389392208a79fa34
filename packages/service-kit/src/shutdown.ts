import type { Logger } from './logger.ts';

/** Exit codes of our programs. */
export const ExitCode = {
  /** Everything was closed in time. */
  Drained: 0,
  /** The configuration is wrong; starting again will not help. */
  BadConfiguration: 1,
  /** An address is taken or not allowed. */
  CannotListen: 2,
  /** The grace period, or a person's patience, was over before everything was closed, or something failed to close. */
  Forced: 3,
} as const;

/** The part of `process` that a shutdown listens to. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
  off(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

/** What a shutdown needs from its `main.ts`. */
export interface ShutdownOptions {
  /** How long closing may take in all. */
  readonly graceMs: number;
  readonly logger: Logger;
  /** `process`, in a program. */
  readonly signals: SignalSource;
}

/** The orderly end of a process. */
export interface Shutdown {
  /** Aborts when the process is to stop. */
  readonly signal: AbortSignal;
  /** Resolves with the exit code once everything is closed, or has to be left; never rejects. */
  readonly exitCode: Promise<number>;
  /** Adds what has to be closed. Closers run one after the other, the last added first, as things were built on each other. */
  onClose(name: string, close: () => unknown): void;
  /** Starts the end by hand. The second time changes nothing. */
  begin(reason: string): void;
}

/**
 * Ends a process in order: SIGTERM, SIGINT or `begin` abort the signal and run the closers; when the grace is over, or on a
 * second signal, `exitCode` resolves all the same. It never exits by itself: that is for `main.ts`.
 */
export function createShutdown({ graceMs, logger, signals }: ShutdownOptions): Shutdown {
  const abort = new AbortController();
  const closers: { readonly name: string; readonly close: () => unknown }[] = [];
  const exit = Promise.withResolvers<number>();
  let timer: NodeJS.Timeout | undefined;

  const settle = (code: number): void => {
    clearTimeout(timer);
    signals.off('SIGTERM', onTerm);
    signals.off('SIGINT', onInt);
    exit.resolve(code);
  };
  const begin = (reason: string): void => {
    if (abort.signal.aborted) return;
    logger.info('stopping', { reason, graceMs });
    timer = setTimeout(() => {
      logger.error('the grace period is over, leaving what is still open', {
        graceMs,
        open: closers.map(({ name }) => name),
      });
      settle(ExitCode.Forced);
    }, graceMs);
    abort.abort(new Error(reason));
    void closeAll(closers, logger).then(settle);
  };
  const onSignal = (name: string) => (): void => {
    if (!abort.signal.aborted) return begin(name);
    logger.warn('asked a second time, leaving what is still open', { signal: name });
    settle(ExitCode.Forced);
  };
  const onTerm = onSignal('SIGTERM');
  const onInt = onSignal('SIGINT');
  signals.on('SIGTERM', onTerm);
  signals.on('SIGINT', onInt);

  return {
    signal: abort.signal,
    exitCode: exit.promise,
    onClose: (name, close) => void closers.push({ name, close }),
    begin,
  };
}

async function closeAll(
  closers: { readonly name: string; readonly close: () => unknown }[],
  logger: Logger,
): Promise<number> {
  let code: number = ExitCode.Drained;
  for (let next = closers.at(-1); next; next = closers.at(-1)) {
    try {
      await next.close();
    } catch (error) {
      logger.error('could not close', { what: next.name, error });
      code = ExitCode.Forced;
    }
    closers.splice(closers.indexOf(next), 1);
  }
  return code;
}
