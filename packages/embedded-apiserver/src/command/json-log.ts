import type { Log, LogFields } from '../log.ts';

/** A log of JSON lines. */
export function jsonLog(write: (line: string) => void): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...shown(fields) })}\n`);
  return { debug: () => {}, info: at('info'), warn: at('warn'), error: at('error') };
}

/** Errors have no enumerable members: say what they say, and what caused them. */
function shown(fields: LogFields): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? errorText(value) : value]),
  );
}

function errorText(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${errorText(error.cause)})` : error.message;
}
