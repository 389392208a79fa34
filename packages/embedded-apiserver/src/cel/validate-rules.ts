import { deepEqual, isList, isObject, member } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import { correlatedItem } from '../schema/correlate.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import { childPath, keyPath } from '../status/field-error.ts';
import type { FieldError } from '../status/field-error.ts';
import type { CelRule } from './cel-rule.ts';
import { toCelValue } from './to-cel-value.ts';

/**
 * Which rules of its schema an object breaks. Rules that read `oldSelf` apply where there is an old value to compare
 * with; other rules let what is unchanged through.
 */
export function validateRules(
  object: JsonObject,
  schema: StructuralSchema,
  before?: JsonObject,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (schema.hasRules) walk(object, before, { schema, path: '', errors });
  return errors;
}

interface Walk {
  readonly schema: StructuralSchema;
  readonly path: string;
  readonly errors: FieldError[];
}

function walk(value: Json, before: Json | undefined, at: Walk): void {
  const { schema, path } = at;
  if (value === null) return;
  if (schema.rules.length > 0) evaluate(value, before, at);
  if (isObject(value)) {
    for (const [name, child] of Object.entries(value)) {
      const property = schema.properties.get(name);
      const childSchema = property ?? schema.additional;
      if (child === undefined || !childSchema || !childSchema.hasRules) continue;
      const deeper = property ? childPath(path, name) : keyPath(path, name);
      walk(child, member(before, name), { ...at, schema: childSchema, path: deeper });
    }
  } else if (isList(value) && schema.items?.hasRules) {
    for (const [index, item] of value.entries()) {
      walk(item, correlatedItem(item, before, schema), { ...at, schema: schema.items, path: `${path}[${index}]` });
    }
  }
}

function evaluate(value: Json, before: Json | undefined, { schema, path, errors }: Walk): void {
  const hasBefore = before !== undefined && before !== null;
  const unchanged = hasBefore && deepEqual(value, before);
  const due = schema.rules.filter((rule) => (rule.isTransition ? hasBefore : !unchanged));
  if (due.length === 0) return;
  const wanted = membersOf(due);
  const self = toCelValue(value, schema, wanted);
  const bindings = hasBefore ? { self, oldSelf: toCelValue(before, schema, wanted) } : { self };
  for (const rule of due) {
    const error = broken(rule, bindings, { value, path });
    if (error) errors.push(error);
  }
}

/** What any of the rules reads; undefined: all. */
function membersOf(rules: readonly CelRule[]): ReadonlySet<string> | undefined {
  const all = new Set<string>();
  for (const { members } of rules) {
    if (!members) return undefined;
    for (const name of members) all.add(name);
  }
  return all;
}

function broken(
  rule: CelRule,
  bindings: { readonly self: unknown; readonly oldSelf?: unknown },
  at: { readonly value: Json; readonly path: string },
): FieldError | undefined {
  const path = rule.fieldPath === '' ? at.path : childPath(at.path, rule.fieldPath);
  const shown = isObject(at.value) || isList(at.value) ? undefined : at.value;
  try {
    if (rule.holds(bindings) === true) return undefined;
    return { kind: kindOf(rule), path, value: kindOf(rule) === 'invalid' ? shown : undefined, detail: rule.message };
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { kind: 'invalid', path: at.path, value: shown, detail: `${why} evaluating rule: ${rule.message}` };
  }
}

function kindOf(rule: CelRule): FieldError['kind'] {
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return 'forbidden';
    case 'FieldValueRequired':
      return 'required';
    case 'FieldValueDuplicate':
      return 'duplicate';
    default:
      return 'invalid';
  }
}
