import { deepEqual, isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { badRequest } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';

/** One step of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly path: Pointer; readonly from: Pointer };

type Pointer = readonly string[];

/** What Kubernetes takes, too. */
const mostOperations = 10_000;
/** How much `copy` may add in all: each one may double what is there. */
const mostCopiedCharacters = 3 * 1024 * 1024;

/** Reads a JSON patch. @throws {@link StatusError} `BadRequest`, `RequestEntityTooLarge` */
export function parseJsonPatch(value: unknown): readonly JsonPatchOperation[] {
  if (!isList(value)) throw badRequest('error decoding patch: a JSON patch is a list of operations');
  if (value.length > mostOperations) {
    const why = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${value.length}`;
    throw new StatusError('RequestEntityTooLarge', why);
  }
  return value.map((operation, index) => {
    const parsed = isObject(operation) ? parseOperation(operation) : undefined;
    if (!parsed) throw badRequest(`error decoding patch: operation ${index} is none: ${JSON.stringify(operation)}`);
    return parsed;
  });
}

function parseOperation(operation: JsonObject): JsonPatchOperation | undefined {
  const { op, value } = operation;
  const [path, from] = [operation['path'], operation['from']].map(parsePointer);
  if (!path) return undefined;
  switch (op) {
    case 'add':
    case 'replace':
    case 'test':
      return value === undefined ? undefined : { op, path, value };
    case 'remove':
      return { op, path };
    case 'move':
    case 'copy':
      return from && { op, path, from };
    default:
      return undefined;
  }
}

function parsePointer(text: Json | undefined): Pointer | undefined {
  if (text === '') return [];
  if (typeof text !== 'string' || !text.startsWith('/')) return undefined;
  return text
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** What a JSON patch makes of an object. @throws {@link StatusError} `Invalid` when a step cannot be done */
export function jsonPatch(object: JsonObject, operations: readonly JsonPatchOperation[]): JsonObject {
  let result: Json = object;
  let copied = 0;
  for (const operation of operations) {
    if (operation.op === 'copy') copied += JSON.stringify(read(result, operation.from)).length;
    if (copied > mostCopiedCharacters) throw impossible(`copies more than ${mostCopiedCharacters} characters`);
    result = step(result, operation);
  }
  if (!isObject(result)) throw impossible('what is left is no object');
  return result;
}

function step(document: Json, operation: JsonPatchOperation): Json {
  const { op, path } = operation;
  switch (op) {
    case 'add':
      return change(document, path, (parent, token) => withMember(parent, token, operation.value)) ?? operation.value;
    case 'replace':
      read(document, path);
      return change(document, path, (parent, token) => withItem(parent, token, operation.value)) ?? operation.value;
    case 'remove':
      read(document, path);
      return change(document, path, without) ?? null;
    case 'test':
      if (deepEqual(read(document, path), operation.value)) return document;
      throw impossible(`the value at ${textOf(path)} is not the one to test for`);
    case 'copy':
      return step(document, { op: 'add', path, value: read(document, operation.from) });
    case 'move': {
      const value = read(document, operation.from);
      return step(step(document, { op: 'remove', path: operation.from }), { op: 'add', path, value });
    }
  }
}

/** Changes the parent of a place; undefined when the place is the whole document. */
function change(document: Json, path: Pointer, how: (parent: Json, token: string) => Json): Json | undefined {
  const [token, ...rest] = path;
  if (token === undefined) return undefined;
  if (rest.length === 0) return how(document, token);
  const changed = change(read(document, [token]), rest, how);
  return changed === undefined ? undefined : withItem(document, token, changed);
}

function read(document: Json, path: Pointer): Json {
  let value = document;
  for (const token of path) {
    const below = isList(value) ? value[indexIn(value, token)] : member(value, token);
    if (below === undefined) throw impossible(`there is nothing at ${textOf(path)}`);
    value = below;
  }
  return value;
}

/** Adds a member, or an item before the one that is there. */
function withMember(parent: Json, token: string, value: Json): Json {
  if (!isList(parent)) return withItem(parent, token, value);
  const index = token === '-' ? parent.length : indexIn(parent, token);
  if (index > parent.length) throw impossible(`a list of ${parent.length} has no place ${token}`);
  return parent.toSpliced(index, 0, value);
}

/** Replaces what is there. */
function withItem(parent: Json, token: string, value: Json): Json {
  if (isList(parent)) return parent.with(indexIn(parent, token), value);
  if (!isObject(parent)) throw impossible(`${token} has no place in ${JSON.stringify(parent)}`);
  return { ...parent, [token]: value };
}

function without(parent: Json, token: string): Json {
  if (isList(parent)) return parent.toSpliced(indexIn(parent, token), 1);
  const { [token]: _removed, ...rest } = parent as JsonObject;
  return rest;
}

function indexIn(list: readonly Json[], token: string): number {
  if (!/^(0|[1-9]\d{0,8})$/.test(token)) throw impossible(`${token} is no place in a list of ${list.length}`);
  return Number(token);
}

function textOf(path: Pointer): string {
  return path.map((token) => `/${token}`).join('');
}

function impossible(why: string): StatusError {
  return new StatusError('Invalid', `the server rejected our request due to an error in our request: ${why}`);
}
