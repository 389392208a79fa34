import type { Writable } from 'node:stream';
import winston from 'winston';
import { loggerOver } from './log-entry.ts';
import type { LogEntry } from './log-entry.ts';
import type { Logger, LogLevel } from './logger.ts';
import { renderJson, renderText } from './render-log.ts';

/** How a process logs. */
export interface LoggerOptions {
  /** Lines below it are dropped. */
  readonly level: LogLevel;
  /** `json` for machines, one object a line; `text` for a person at a terminal. */
  readonly format: 'json' | 'text';
  /** Which program speaks: `manager`, `provider-libvirt`. */
  readonly name: string;
  /** Where lines go; standard error by default, since standard output belongs to a program's results. */
  readonly destination?: Writable;
}

const levels = { error: 0, warn: 1, info: 2, debug: 3 } satisfies Record<LogLevel, number>;

/** Makes the logger of a process. It holds no timer and no file; nothing has to be closed. */
export function createLogger(options: LoggerOptions): Logger {
  const render = options.format === 'json' ? renderJson : renderText;
  const sink = winston.createLogger({
    levels,
    level: options.level,
    format: winston.format.printf((info) => render(options.name, info['entry'] as LogEntry, new Date())),
    transports: [new winston.transports.Stream({ stream: options.destination ?? process.stderr, eol: '\n' })],
  });
  return loggerOver(
    (entry) => sink.log({ level: entry.level, message: entry.message, entry }),
    {},
    (level) => levels[level] <= levels[options.level],
  );
}
