/** How much a log says, from most to least. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** What varies from line to line. Values may be anything: the logger redacts and bounds them. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * A structured log for operators. Messages are constant, so that they can be counted and searched; what varies is in
 * the fields. Each line carries the correlation id of the work it was written in.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger whose lines all carry `fields`, too; fields of the line itself win. */
  child(fields: LogFields): Logger;
}
