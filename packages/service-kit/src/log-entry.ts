import { currentCorrelationId } from './correlation.ts';
import type { LogFields, LogLevel, Logger } from './logger.ts';
import { redact } from './redact.ts';

/** One line of a log before it is rendered: redacted, bounded, plain data. */
export interface LogEntry {
  readonly level: LogLevel;
  readonly message: string;
  readonly correlationId?: string;
  readonly fields: LogFields;
}

/**
 * Makes a logger that redacts each line and hands it to `write`. The one place where lines come into being, so that no
 * destination can be reached around the redactor.
 */
export function loggerOver(write: (entry: LogEntry) => void, bound: LogFields = {}): Logger {
  const log = (level: LogLevel) => (message: string, fields?: LogFields) =>
    write(entryOf(level, message, { ...bound, ...fields }));
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => loggerOver(write, { ...bound, ...fields }),
  };
}

function entryOf(level: LogLevel, message: string, fields: LogFields): LogEntry {
  const correlationId = currentCorrelationId();
  const safe = redact({ message, fields }) as { readonly message: string; readonly fields: LogFields };
  return { level, ...safe, ...(correlationId === undefined ? {} : { correlationId }) };
}
