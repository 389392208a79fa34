import { ApiServerError } from '../api-server-error.ts';
import { compileRules } from '../cel/compile-rules.ts';
import { isList, isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { isMissingFormat } from './formats.ts';
import { compilePattern } from './pattern.ts';
import type { Limits, SchemaType, StructuralSchema } from './structural-schema.ts';

/** Members that only describe, or are read below. */
const known = new Set(
  `description title example externalDocs type nullable default enum properties additionalProperties required items
   minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength pattern format minItems maxItems
   uniqueItems minProperties maxProperties anyOf x-kubernetes-int-or-string x-kubernetes-preserve-unknown-fields
   x-kubernetes-embedded-resource x-kubernetes-list-type x-kubernetes-list-map-keys x-kubernetes-map-type
   x-kubernetes-validations`.split(/\s+/),
);

const types: readonly string[] = ['object', 'array', 'string', 'integer', 'number', 'boolean'];

/**
 * Parses a structural schema. What this server would not enforce is refused here, not ignored later.
 *
 * @param where - said before each message, like `virtualmachines.infra.virtrigaud.io v1beta1`
 * @throws {@link ApiServerError} `InvalidCrd`, naming the place in the schema
 */
export function parseSchema(source: Json | undefined, where: string): StructuralSchema {
  return parseNode(source, { where, path: 'openAPIV3Schema' });
}

interface Place {
  readonly where: string;
  readonly path: string;
}

function parseNode(source: Json | undefined, place: Place): StructuralSchema {
  if (!isObject(source)) throw refuse(place, 'must be an object');
  const unknown = Object.keys(source).find((name) => !known.has(name));
  if (unknown !== undefined) throw refuse(place, `${unknown} is not supported by this server`);
  const type = source['type'];
  if (type !== undefined && !(typeof type === 'string' && types.includes(type))) {
    throw refuse(place, `type ${JSON.stringify(type)} does not exist`);
  }
  const intOrString = source['x-kubernetes-int-or-string'] === true;
  const preserveUnknown = source['x-kubernetes-preserve-unknown-fields'] === true;
  if (source['anyOf'] !== undefined && !intOrString) throw refuse(place, 'anyOf is not supported by this server');
  if (type === undefined && !intOrString && !preserveUnknown) throw refuse(place, 'type is missing');
  const listType = oneOf(source, 'x-kubernetes-list-type', ['atomic', 'set', 'map'] as const, place) ?? 'atomic';
  const node: StructuralSchema = {
    type: type as SchemaType | undefined,
    nullable: source['nullable'] === true,
    intOrString,
    preserveUnknown,
    embeddedResource: source['x-kubernetes-embedded-resource'] === true,
    default: source['default'],
    enum: isList(source['enum']) ? source['enum'] : undefined,
    properties: parseProperties(source['properties'], place),
    additional: isObject(source['additionalProperties'])
      ? parseNode(source['additionalProperties'], deeper(place, 'additionalProperties'))
      : undefined,
    required: strings(source['required'], deeper(place, 'required')),
    items: source['items'] === undefined ? undefined : parseNode(source['items'], deeper(place, 'items')),
    listType,
    listMapKeys: strings(source['x-kubernetes-list-map-keys'], place),
    mapAtomic: source['x-kubernetes-map-type'] === 'atomic',
    limits: parseLimits(source, place),
    rules: [],
    hasRules: false,
    source,
  };
  if (type === 'array' && !node.items) throw refuse(place, 'items is missing');
  if (listType === 'map' && node.listMapKeys.length === 0) throw refuse(place, 'x-kubernetes-list-map-keys is missing');
  const rules = source['x-kubernetes-validations'];
  if (rules !== undefined)
    return { ...node, rules: compileRules(rules, node, `${place.where}: ${place.path}`), hasRules: true };
  const below = [...node.properties.values(), node.items, node.additional];
  return { ...node, hasRules: below.some((child) => child?.hasRules) };
}

function parseProperties(source: Json | undefined, place: Place): ReadonlyMap<string, StructuralSchema> {
  if (source === undefined) return new Map();
  if (!isObject(source)) throw refuse(deeper(place, 'properties'), 'must be an object');
  return new Map(
    Object.entries(source).map(([name, child]) => [name, parseNode(child, deeper(place, `properties[${name}]`))]),
  );
}

function parseLimits(source: JsonObject, place: Place): Limits {
  const number = (name: string) => (typeof source[name] === 'number' ? { [name]: source[name] } : {});
  const flag = (name: string) => (source[name] === true ? { [name]: true } : {});
  const pattern = source['pattern'];
  const format = source['format'];
  if (typeof format === 'string' && isMissingFormat(format)) {
    throw refuse(place, `the format ${format} is not supported by this server`);
  }
  return {
    ...['minimum', 'maximum', 'multipleOf', 'minLength', 'maxLength'].map(number).reduce(merge, {}),
    ...['minItems', 'maxItems', 'minProperties', 'maxProperties'].map(number).reduce(merge, {}),
    ...['exclusiveMinimum', 'exclusiveMaximum', 'uniqueItems'].map(flag).reduce(merge, {}),
    ...(typeof pattern === 'string' && {
      pattern: { source: pattern, expression: compilePattern(pattern, (why) => refuse(place, why)) },
    }),
    ...(typeof format === 'string' && { format }),
  };
}

const merge = (left: object, right: object): object => ({ ...left, ...right });

function oneOf<const Choice extends string>(
  source: JsonObject,
  name: string,
  choices: readonly Choice[],
  place: Place,
): Choice | undefined {
  const value = source[name];
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw refuse(place, `${name} must be one of ${choices.join(', ')}`);
  return found;
}

function strings(value: Json | undefined, place: Place): readonly string[] {
  if (value === undefined) return [];
  if (!isList(value) || !value.every((item) => typeof item === 'string'))
    throw refuse(place, 'must be a list of names');
  return value;
}

function deeper(place: Place, step: string): Place {
  return { where: place.where, path: `${place.path}.${step}` };
}

function refuse(place: Place, why: string): ApiServerError {
  return new ApiServerError('InvalidCrd', `${place.where}: ${place.path}: ${why}`);
}
