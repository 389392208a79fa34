import { types } from 'node:util';
import { redactText } from './redact-text.ts';

const maxDepth = 8;
const maxEntries = 100;
const maxEntriesInAll = 2_000;
const secret = '[redacted]';

const secretKey =
  /passw(or)?d|passphrase|secret|token|credential|authorization|cookie|api-?_?key|access-?_?key|private-?_?key|user-?_?data|cloud-?_?init|ignition|ticket|^auth$|^pwd$/i;
/** What only points at a secret: a person needs it to find the secret that is wrong. */
const pointerKey = /(ref|name|namespace|file|path|id|count|at|version)$/i;

/**
 * A copy of `value` that is safe to write down: what stands under a key that looks like a secret, PEM blocks, passwords in
 * URLs, bearer tokens and user-data are replaced; bytes are shown by length only; errors become plain data with their causes.
 *
 * Bounded in depth, entries and length of strings, stops at cycles and never throws, so that it can take anything. The
 * answer can be given to `JSON.stringify`.
 */
export function redact(value: unknown): unknown {
  return copy(value, { depth: 0, seen: new Set(), budget: { left: maxEntriesInAll } });
}

interface Walk {
  readonly depth: number;
  readonly seen: Set<object>;
  readonly budget: { left: number };
}

function copy(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'function':
    case 'symbol':
      return `[${typeof value}]`;
    case 'object':
      return value === null ? null : copyObject(value, walk);
    case 'boolean':
    case 'undefined':
      return value;
  }
}

function copyObject(value: object, walk: Walk): unknown {
  const bytes = byteLengthOf(value);
  if (bytes !== undefined) return `[${bytes} bytes]`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? '[invalid date]' : value.toISOString();
  if (value instanceof URL || value instanceof RegExp) return redactText(String(value));
  if (walk.seen.has(value)) return '[circular]';
  if (walk.depth >= maxDepth || walk.budget.left <= 0) return '[cut]';
  walk.seen.add(value);
  try {
    return copyMembers(value, { ...walk, depth: walk.depth + 1 });
  } finally {
    // Only what is above may not come again: the same object beside itself is no cycle.
    walk.seen.delete(value);
  }
}

function copyMembers(value: object, walk: Walk): unknown {
  // Also an error of another realm, as those of Node itself are to a test.
  if (value instanceof Error || types.isNativeError(value)) return copyEntries(errorEntries(value), walk);
  if (value instanceof Map)
    return copyEntries(
      [...value].slice(0, maxEntries + 1).map(([k, v]) => [keyText(k), v]),
      walk,
    );
  if (value instanceof Set) return copyList([...value], walk);
  if (Array.isArray(value)) return copyList(value, walk);
  return copyEntries(entriesOf(value), walk);
}

function copyList(items: readonly unknown[], walk: Walk): unknown[] {
  const kept = items.slice(0, maxEntries).map((item) => spend(walk, () => copy(item, walk)));
  return items.length > maxEntries ? [...kept, `[${items.length - maxEntries} more]`] : kept;
}

function copyEntries(entries: readonly (readonly [string, unknown])[], walk: Walk): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of entries.slice(0, maxEntries)) {
    // defineProperty, since a key `__proto__` would otherwise vanish into the prototype.
    Object.defineProperty(result, redactText(key), {
      value: spend(walk, () => (isSecret(key, value) ? secret : copy(value, walk))),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  if (entries.length > maxEntries) result['[more]'] = entries.length - maxEntries;
  return result;
}

function spend(walk: Walk, make: () => unknown): unknown {
  if (walk.budget.left <= 0) return '[cut]';
  walk.budget.left -= 1;
  return make();
}

function isSecret(key: string, value: unknown): boolean {
  if (value === undefined || value === null || typeof value === 'boolean') return false;
  return secretKey.test(key) && !pointerKey.test(key);
}

function errorEntries(error: Error): [string, unknown][] {
  const shown: [string, unknown][] = [
    ['name', error.name],
    ['message', error.message],
    ...entriesOf(error).filter(([key]) => key !== 'name' && key !== 'message' && key !== 'stack' && key !== 'cause'),
  ];
  if (error.cause !== undefined) shown.push(['cause', error.cause]);
  if (error instanceof AggregateError) shown.push(['errors', error.errors]);
  if (error.stack !== undefined) shown.push(['stack', error.stack]);
  return shown;
}

function entriesOf(value: object): [string, unknown][] {
  return Object.keys(value)
    .slice(0, maxEntries + 1)
    .map((key) => [key, read(value, key)]);
}

function read(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return '[unreadable]';
  }
}

function keyText(key: unknown): string {
  return typeof key === 'object' && key !== null ? '[object]' : String(key);
}

function byteLengthOf(value: object): number | undefined {
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof SharedArrayBuffer)
    return value.byteLength;
  return undefined;
}
