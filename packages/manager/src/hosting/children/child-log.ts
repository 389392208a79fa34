import type { Logger, LogLevel } from '@virtrigaud/service-kit';

const levels: ReadonlySet<string> = new Set<LogLevel>(['debug', 'info', 'warn', 'error']);
/** What is ours to say, and not to be repeated as a field. */
const ownKeys: ReadonlySet<string> = new Set(['time', 'level', 'message', 'logger', 'correlationId']);
const maxWords = 1_000;

/** Takes the log of a child, line by line: passes it on, and remembers what it said last of what went wrong. */
export class ChildLog {
  readonly #logger: Logger;
  #words = '';

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** The last that it said of its trouble; empty where it said nothing. */
  get lastWords(): string {
    return this.#words;
  }

  /** A line of its log, or plain text as of a crash. */
  line(text: string): void {
    if (text.trim() === '') return;
    const entry = parse(text);
    if (!entry) {
      // The stack of a crash comes after its message.
      if (!/^\s+at /.test(text) && !/^Node\.js v/.test(text)) this.#words = text.trim().slice(0, maxWords);
      this.#logger.warn('the provider wrote', { text });
      return;
    }
    const { level, message, fields } = entry;
    this.#logger[level](message, fields);
    if (level === 'warn' || level === 'error') this.#words = wordsOf(message, fields).slice(0, maxWords);
  }
}

interface Entry {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function parse(text: string): Entry | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const { level, message, logger, correlationId, ...rest } = JSON.parse(text) as Record<string, unknown>;
    if (typeof level !== 'string' || !levels.has(level) || typeof message !== 'string') return undefined;
    const fields = Object.fromEntries(Object.entries(rest).filter(([key]) => !ownKeys.has(key)));
    return { level: level as LogLevel, message, fields: { ...fields, program: logger, callId: correlationId } };
  } catch {
    // Half a line of a process that was killed is no entry.
    return undefined;
  }
}

function wordsOf(message: string, { error, why }: Readonly<Record<string, unknown>>): string {
  const said = why ?? (typeof error === 'object' && error !== null && 'message' in error ? error.message : error);
  return typeof said === 'string' && said !== '' ? `${message}: ${said}` : message;
}
