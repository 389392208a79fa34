import type { IncomingMessage } from 'node:http';
import { parseDocument } from 'yaml';
import { isList, isObject } from '../json-value.ts';
import type { JsonObject } from '../json-value.ts';
import type { Body } from '../operations/create-object.ts';
import { parseJsonPatch } from '../operations/json-patch.ts';
import type { Change } from '../operations/update-object.ts';
import { decodeKubeObject } from '../protobuf/decode-kube-object.ts';
import type { ResourceDefinition } from '../registry/resource-definition.ts';
import { badRequest } from '../status/refusals.ts';
import { StatusError } from '../status/status-error.ts';
import { duplicateFields } from './duplicate-fields.ts';

const protobuf = 'application/vnd.kubernetes.protobuf';
const mergePatchType = 'application/merge-patch+json';
const jsonPatchType = 'application/json-patch+json';
const patchTypes = [jsonPatchType, mergePatchType];
const strategicMerge = 'application/strategic-merge-patch+json';

/** What Kubernetes takes, too. */
const largestBody = 3 * 1024 * 1024;

/** The media type of a body, without parameters. */
function mediaType(request: IncomingMessage): string {
  return (request.headers['content-type'] ?? 'application/json').split(';')[0]?.trim().toLowerCase() ?? '';
}

/** @throws {@link StatusError} `RequestEntityTooLarge` */
async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  // What is left of a body that is refused is drained, so that its sender lives to read why.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) {
      throw new StatusError('RequestEntityTooLarge', `Request entity too large: limit is ${largestBody}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function readText(request: IncomingMessage): Promise<string> {
  return (await readBytes(request)).toString('utf8');
}

/** Reads the object of a POST or PUT. @throws {@link StatusError} `UnsupportedMediaType`, `BadRequest` */
export async function readObject(request: IncomingMessage): Promise<Body> {
  const type = mediaType(request);
  if (type === protobuf) return { object: decodeKubeObject(await readBytes(request)), duplicates: [] };
  if (type !== 'application/json' && type !== 'application/yaml') {
    throw unsupported(type, ['application/json', 'application/yaml']);
  }
  const text = await readText(request);
  return type === 'application/json' ? parseJson(text) : parseYaml(text);
}

/**
 * Reads a merge patch or a JSON patch. A strategic merge patch of a built-in kind, which is what `kubectl apply` sends for a Secret, is
 * read as one when it means the same: without lists and directives. Custom kinds have none in Kubernetes, either.
 *
 * @throws {@link StatusError} `UnsupportedMediaType`, `BadRequest`
 */
export async function readPatch(request: IncomingMessage, definition: ResourceDefinition): Promise<Change> {
  const type = mediaType(request);
  if (type === jsonPatchType) return { kind: 'json', operations: parseJsonPatch(parse(await readText(request))) };
  const isStrategic = type === strategicMerge && definition.isBuiltIn;
  if (type !== mergePatchType && !isStrategic) throw unsupported(type, patchTypes);
  const body = parseJson(await readText(request));
  if (isStrategic && !isPlainMerge(body.object)) {
    throw unsupported(
      type,
      patchTypes,
      'strategic merge patches with lists or directives are not supported by this server',
    );
  }
  return { kind: 'merge', body };
}

function isPlainMerge(patch: JsonObject): boolean {
  return Object.entries(patch).every(
    ([name, value]) => !name.startsWith('$') && !isList(value) && (!isObject(value) || isPlainMerge(value)),
  );
}

/** Reads the options of a DELETE, which may be missing. @throws {@link StatusError} `BadRequest` */
export async function readOptions(request: IncomingMessage): Promise<JsonObject> {
  const text = await readText(request);
  return text.trim() === '' ? {} : parseJson(text).object;
}

function parseJson(text: string): Body {
  const value = parse(text);
  if (!isObject(value)) throw badRequest('the body must be a JSON object');
  return { object: value, duplicates: duplicateFields(text, value) };
}

function parse(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body is no JSON: ${(error as Error).message}`, error);
  }
  requireDepth(value);
  return value;
}

function parseYaml(text: string): Body {
  // The parser takes long for what is nested deeply: it is asked only for what may be taken.
  if (bracketDepth(text) > deepest) throw tooDeep();
  const value = yamlValue(text);
  if (!isObject(value)) throw badRequest('the body must be an object');
  requireDepth(value);
  return { object: value, duplicates: [] };
}

function yamlValue(text: string): unknown {
  try {
    const document = parseDocument(text, { version: '1.1', uniqueKeys: true });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  } catch (error) {
    // Aliases that name nothing, or that would multiply without end, are found only here.
    throw badRequest(`the body is no YAML: ${(error as Error).message}`, error);
  }
}

/** Objects and lists in each other. What is below is read by functions that call themselves. */
const deepest = 500;

function requireDepth(value: unknown, left = deepest): void {
  if (typeof value !== 'object' || value === null) return;
  const children: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  if (left === 0 && children.length > 0) throw tooDeep();
  for (const child of children) {
    if (typeof child === 'object') requireDepth(child, left - 1);
  }
}

function bracketDepth(text: string): number {
  let [depth, most] = [0, 0];
  for (const [bracket] of text.matchAll(/[[{\]}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    most = Math.max(most, depth);
  }
  return most;
}

function tooDeep(): StatusError {
  return badRequest(`the body is nested more than ${deepest} levels deep`);
}

const serverSideApply = /^application\/apply-patch\+/;

function unsupported(type: string, accepted: readonly string[], why?: string): StatusError {
  const because = serverSideApply.test(type)
    ? 'server-side apply is not supported by this server'
    : (why ?? 'the body of the request was in an unknown format');
  return new StatusError('UnsupportedMediaType', `${because} - accepted media types include: ${accepted.join(', ')}`);
}
