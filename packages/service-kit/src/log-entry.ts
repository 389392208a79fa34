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
 *
 * @param isWritten - asked once of each level: lines of the others are dropped before they are made.
 */
export function loggerOver(
  write: (entry: LogEntry) => void,
  bound: LogFields = {},
  isWritten: (level: LogLevel) => boolean = () => true,
): Logger {
  // What nobody will read is not redacted either.
  const log = (level: LogLevel) =>
    isWritten(level)
      ? (message: string, fields?: LogFields) => write(entryOf(level, message, { ...bound, ...fields }))
      : () => undefined;
  return {
    debug: log('debug'),
    info: log('info'),
    warn: log('warn'),
    error: log('error'),
    child: (fields) => loggerOver(write, { ...bound, ...fields }, isWritten),
  };
}

function entryOf(level: LogLevel, message: string, fields: LogFields): LogEntry {
  const correlationId = currentCorrelationId();
  const safe = redact({ message, fields }) as { readonly message: string; readonly fields: LogFields };
  return { level, ...safe, ...(correlationId === undefined ? {} : { correlationId }) };
}
