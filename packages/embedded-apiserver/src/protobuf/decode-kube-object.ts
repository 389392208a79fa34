import { isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { textOf } from '../kube-object.ts';
import { badRequest } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';
import { envelope, kindShapes } from './message-shapes.ts';
import type { FieldType, MessageShape } from './message-shapes.ts';
import { readFields } from './wire-reader.ts';

const magic = Buffer.from('k8s\0');

/**
 * Reads an object from Kubernetes' protobuf encoding, in which `kubectl create` sends what it makes itself: namespaces,
 * Secrets, ConfigMaps.
 *
 * @throws {@link StatusError} `BadRequest` when it is malformed, `UnsupportedMediaType` for another kind
 */
export function decodeKubeObject(body: Buffer): JsonObject {
  if (!body.subarray(0, magic.length).equals(magic)) throw badRequest('the body is no protobuf of Kubernetes');
  try {
    const { typeMeta, raw } = decodeMessage(body.subarray(magic.length), envelope);
    const apiVersion = textOf(member(typeMeta, 'apiVersion')) ?? '';
    const kind = textOf(member(typeMeta, 'kind')) ?? '';
    const shape = kindShapes.get(`${apiVersion}/${kind}`);
    if (!shape) throw unsupported(`${apiVersion} ${kind}`);
    return { apiVersion, kind, ...decodeMessage(Buffer.from(textOf(raw) ?? '', 'base64'), shape) };
  } catch (error) {
    if (error instanceof RangeError) throw badRequest(`the body is no protobuf: ${error.message}`, error);
    throw error;
  }
}

function decodeMessage(message: Buffer, shape: MessageShape): JsonObject {
  const result: Record<string, Json> = {};
  for (const { number, value } of readFields(message)) {
    const field = shape.get(number);
    if (!field) continue;
    const [name, type] = field;
    const decoded = decodeValue(value, type, result[name]);
    if (decoded !== undefined) result[name] = decoded;
  }
  return result;
}

/** A value as JSON; one that repeats is added to what came before. Empty texts are how protobuf says nothing. */
function decodeValue(value: bigint | Buffer, type: FieldType, before: Json | undefined): Json | undefined {
  if (typeof value === 'bigint') return type === 'bool' ? value !== 0n : undefined;
  if (type === 'string') return value.length === 0 ? undefined : value.toString('utf8');
  if (type === 'bytes') return value.toString('base64');
  if (type === 'strings') return [...listOf(before), value.toString('utf8')];
  if (type === 'stringMap' || type === 'bytesMap') {
    const { key, value: text } = decodeMessage(value, type === 'stringMap' ? stringEntry : bytesEntry);
    return { ...(isObject(before) ? before : {}), [textOf(key) ?? '']: text ?? '' };
  }
  if (Array.isArray(type)) return [...listOf(before), decodeMessage(value, type[0])];
  return typeof type === 'object' ? decodeMessage(value, type) : undefined;
}

const stringEntry: MessageShape = new Map([
  [1, ['key', 'string']],
  [2, ['value', 'string']],
]);
const bytesEntry: MessageShape = new Map([
  [1, ['key', 'string']],
  [2, ['value', 'bytes']],
]);

const listOf = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

function unsupported(what: string): StatusError {
  return new StatusError('UnsupportedMediaType', `protobuf of ${what} is not supported by this server: send JSON`);
}
