import { Environment } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';
import { ApiServerError } from '../api-server-error.ts';
import { isList, isObject } from '../json-value.ts';
import type { Json, JsonObject } from '../json-value.ts';
import type { StructuralSchema } from '../schema/structural-schema.ts';
import type { CelRule } from './cel-rule.ts';
import { checkConstructs } from './check-constructs.ts';

const members = new Set(['rule', 'message', 'fieldPath', 'reason']);
const reasons = new Set(['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate']);

/**
 * Compiles the rules of a schema's node.
 *
 * @param where - said before each message
 * @throws {@link ApiServerError} `InvalidCrd` for a rule that is malformed, misses the schema, or uses what is not offered
 */
export function compileRules(source: Json, schema: StructuralSchema, where: string): readonly CelRule[] {
  if (!isList(source)) throw refuse(where, 'x-kubernetes-validations must be a list');
  return source.map((entry, index) => {
    const place = `${where}.x-kubernetes-validations[${index}]`;
    if (!isObject(entry)) throw refuse(place, 'must be an object');
    return compileRule(entry, schema, place);
  });
}

function compileRule(entry: JsonObject, schema: StructuralSchema, place: string): CelRule {
  const unknown = Object.keys(entry).find((name) => !members.has(name));
  if (unknown !== undefined) throw refuse(place, `${unknown} is not supported by this server`);
  const { rule, message, fieldPath, reason } = entry;
  if (typeof rule !== 'string' || rule.trim() === '') throw refuse(place, 'rule is missing');
  if (reason !== undefined && !(typeof reason === 'string' && reasons.has(reason))) {
    throw refuse(place, `reason must be one of ${[...reasons].join(', ')}`);
  }
  const parsed = parse(rule, place);
  const { variables, members: read } = checkConstructs(parsed.ast, schema, (why) =>
    refuse(place, `${why} in rule ${rule}`),
  );
  return {
    rule,
    message: typeof message === 'string' && message !== '' ? message.trim() : `failed rule: ${rule.trim()}`,
    fieldPath: typeof fieldPath === 'string' ? checkedFieldPath(fieldPath, schema, place) : '',
    reason: typeof reason === 'string' ? reason : 'FieldValueInvalid',
    isTransition: variables.has('oldSelf'),
    members: read,
    holds: parsed.evaluate,
  };
}

interface Parsed {
  readonly ast: ASTNode;
  readonly evaluate: CelRule['holds'];
}

function parse(rule: string, place: string): Parsed {
  const environment = new Environment().registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
  try {
    const parsed = environment.parse(rule);
    const checked = parsed.check();
    if (!checked.valid) throw checked.error ?? new Error('type error');
    return { ast: parsed.ast, evaluate: (bindings) => parsed(bindings) as unknown };
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new ApiServerError('InvalidCrd', `${place}: ${why} in rule ${rule}`, { cause: error });
  }
}

/** `.spec.imageRef`, checked against the schema, without its first dot. */
function checkedFieldPath(path: string, schema: StructuralSchema, place: string): string {
  let node: StructuralSchema | undefined = schema;
  for (const [, plain, quoted] of path.matchAll(/\.([A-Za-z_][\w-]*)|\['([^']+)'\]/g)) {
    const name = plain ?? quoted ?? '';
    node = node?.properties.get(name) ?? node?.additional;
  }
  const isPath = /^(?:\.[A-Za-z_][\w-]*|\['[^']+'\])+$/.test(path);
  if (!isPath || !node) throw refuse(place, `fieldPath ${path} names no field of the schema`);
  return path.replace(/^\./, '');
}

function refuse(place: string, why: string): ApiServerError {
  return new ApiServerError('InvalidCrd', `${place}: ${why}`);
}
