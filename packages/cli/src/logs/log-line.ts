/** One line of a log, as a program of ours or something it ran into wrote it. */
export interface LogLine {
  /** The program: `apiserver`, `manager`, `up`. */
  readonly source: string;
  readonly text: string;
  /** When, as an ISO time; that of the line before for a line that has none. */
  readonly time: string;
  /** What the line says, where it is JSON. */
  readonly entry: Readonly<Record<string, unknown>> | undefined;
}

/** Reads a line. */
export function parseLine(text: string, source: string, formerTime: string): LogLine {
  const entry = entryOf(text);
  const time = typeof entry?.['time'] === 'string' ? entry['time'] : formerTime;
  return { source, text, time, entry };
}

function entryOf(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // A program that crashes prints plain text, and one that is killed half a line.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What of a line is said elsewhere on it. */
const SHOWN = new Set(['time', 'level', 'message', 'logger', 'stack']);

/** A line for people: time, level, who, what, then the fields. */
export function prettyLine({ source, text, entry, time }: LogLine): string {
  if (entry === undefined || typeof entry['message'] !== 'string') return `${clock(time)}       ${source}  ${text}`;
  const level = typeof entry['level'] === 'string' ? entry['level'].toUpperCase() : 'INFO';
  const fields = Object.entries(entry).filter(([name]) => !SHOWN.has(name));
  const said = fields.map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const stack = typeof entry['stack'] === 'string' ? `\n${entry['stack']}` : '';
  return `${clock(time)} ${level.padEnd(5)} ${source}  ${[entry['message'], ...said].join('  ')}${stack}`;
}

/** The time of day, as it is where the person is. */
function clock(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return '            ';
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}:${seconds}`;
}

/**
 * Whether a line is about a Provider, or from it: of a provider's own process, or with its name in a field.
 *
 * @param wanted - `name`, or `namespace/name`.
 */
export function isOfProvider({ entry }: LogLine, wanted: string): boolean {
  const field = entry?.['provider'];
  const named = typeof field === 'string' ? field : fullName(field);
  return named === wanted || (named !== undefined && !wanted.includes('/') && named.endsWith(`/${wanted}`));
}

function fullName(field: unknown): string | undefined {
  if (typeof field !== 'object' || field === null) return undefined;
  const { namespace, name } = field as { readonly namespace?: unknown; readonly name?: unknown };
  return typeof namespace === 'string' && typeof name === 'string' ? `${namespace}/${name}` : undefined;
}
