/** What varies from line to line of a log. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where the server logs to: any structured logger with these methods. Messages are constant, what varies is in the fields. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
