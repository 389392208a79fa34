import { deepEqual, isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { childPath } from '../status/field-error.ts';
import type { FieldError } from '../status/field-error.ts';
import { validateScalar } from './validate-scalar.ts';
import { validateListType } from './validate-list-type.ts';
import { correlatedItem } from './correlate.ts';
import type { StructuralSchema } from './structural-schema.ts';

/**
 * What is wrong with an object's fields, in the order of the schema. `metadata` is not looked at.
 *
 * @param before - the object as it was: a part that is wrong but unchanged is let through, so that a schema that became
 *   stricter does not freeze the objects of before
 */
export function validate(object: JsonObject, schema: StructuralSchema, before?: JsonObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion: _apiVersion, kind: _kind, metadata: _metadata, ...rest } = object;
  validateNode(rest, before, { schema, path: '', errors });
  return errors;
}

interface Walk {
  readonly schema: StructuralSchema;
  readonly path: string;
  readonly errors: FieldError[];
}

function validateNode(value: Json, before: Json | undefined, walk: Walk): void {
  const { schema, path, errors } = walk;
  if (before !== undefined && path !== '' && deepEqual(value, before)) return;
  if (value === null && schema.nullable) return;
  const found = typeOf(value);
  if (!hasType(found, schema)) {
    const type = schema.type ?? 'integer,string';
    errors.push({ kind: 'type', path, value: found, detail: `${path} in body must be of type ${type}: "${found}"` });
    return;
  }
  if (schema.enum && !schema.enum.some((choice) => deepEqual(choice, value))) {
    const choices = schema.enum.map((choice) =>
      typeof choice === 'string' ? JSON.stringify(choice) : `"${JSON.stringify(choice)}"`,
    );
    errors.push({ kind: 'unsupported', path, value, detail: `supported values: ${choices.join(', ')}` });
  }
  if (isObject(value)) validateObject(value, before, walk);
  else if (isList(value)) validateList(value, before, walk);
  else validateScalar(value, schema.limits, { path, errors });
}

function validateObject(value: JsonObject, before: Json | undefined, walk: Walk): void {
  const { schema, path, errors } = walk;
  const names = Object.keys(value);
  const { minProperties, maxProperties } = schema.limits;
  if (maxProperties !== undefined && names.length > maxProperties)
    errors.push(tooMany(path, names.length, maxProperties));
  if (minProperties !== undefined && names.length < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    errors.push({ kind: 'invalid', path, value: names.length, detail });
  }
  for (const name of schema.required) {
    if (path === '' && ['apiVersion', 'kind', 'metadata'].includes(name)) continue;
    if (value[name] === undefined) errors.push({ kind: 'required', path: childPath(path, name), detail: '' });
  }
  for (const name of names) {
    const child = value[name];
    const childSchema = schema.properties.get(name) ?? schema.additional;
    if (child === undefined || !childSchema) continue;
    validateNode(child, member(before, name), { ...walk, schema: childSchema, path: childPath(path, name) });
  }
}

function validateList(value: readonly Json[], before: Json | undefined, walk: Walk): void {
  const { schema, path, errors } = walk;
  const { minItems, maxItems, uniqueItems } = schema.limits;
  if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems) {
    const detail = `${path} in body should have at least ${minItems} items`;
    errors.push({ kind: 'invalid', path, value: value.length, detail });
  }
  if (uniqueItems && value.some((item, index) => value.slice(0, index).some((other) => deepEqual(item, other)))) {
    errors.push({ kind: 'invalid', path, value, detail: `${path} in body shouldn't contain duplicates` });
  }
  validateListType(value, schema, { path, errors });
  const { items } = schema;
  if (!items) return;
  for (const [index, item] of value.entries()) {
    validateNode(item, correlatedItem(item, before, schema), { ...walk, schema: items, path: `${path}[${index}]` });
  }
}

function tooMany(path: string, actual: number, most: number): FieldError {
  return { kind: 'tooMany', path, value: actual, detail: `must have at most ${most} ${most === 1 ? 'item' : 'items'}` };
}

function hasType(found: string, schema: StructuralSchema): boolean {
  if (schema.intOrString) return found === 'integer' || found === 'string';
  if (schema.type === undefined) return true;
  return found === schema.type || (schema.type === 'number' && found === 'integer');
}

function typeOf(value: Json): string {
  if (value === null) return 'null';
  if (isList(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}
