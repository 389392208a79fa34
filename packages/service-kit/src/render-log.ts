import type { LogEntry } from './log-entry.ts';

const ownKeys: ReadonlySet<string> = new Set(['time', 'level', 'logger', 'message', 'correlationId']);

/** One line of JSON. A field whose name is one of the line's own keys is shown as `field.<name>`. */
export function renderJson(name: string, entry: LogEntry, time: Date): string {
  const line: Record<string, unknown> = {
    time: time.toISOString(),
    level: entry.level,
    logger: name,
    message: entry.message,
  };
  if (entry.correlationId !== undefined) line['correlationId'] = entry.correlationId;
  for (const [key, value] of Object.entries(entry.fields)) line[ownKeys.has(key) ? `field.${key}` : key] = value;
  return JSON.stringify(line);
}

/** One line for a person: time, level, program, message, then `key=value`. */
export function renderText(name: string, entry: LogEntry, time: Date): string {
  const fields = Object.entries(entry.fields).map(([key, value]) => `${key}=${textOf(value)}`);
  const id = entry.correlationId === undefined ? [] : [`correlationId=${entry.correlationId}`];
  return [
    time.toISOString(),
    entry.level.toUpperCase().padEnd(5),
    name,
    textOf(entry.message, /[\n\r]/),
    ...fields,
    ...id,
  ].join(' ');
}

function textOf(value: unknown, quoteWhere = /[\s"=]/): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? 'undefined';
  return value === '' || quoteWhere.test(value) ? JSON.stringify(value) : value;
}
