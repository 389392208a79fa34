import { validateRules } from '../cel/validate-rules.ts';
import { metadataOf, textOf } from '../kube-object.ts';
import type { KubeObject } from '../kube-object.ts';
import { validate } from '../schema/validate.ts';
import type { FieldError } from '../status/field-error.ts';
import { fieldErrorBody } from '../status/field-error.ts';
import { invalid } from '../status/refusals.ts';
import type { Target } from './api.ts';
import { checkClientMeta, checkName } from './client-meta.ts';
import { undecodable } from './decode-object.ts';

/** After these, rules would stumble over what is already known to be wrong. */
const blocking: readonly FieldError['kind'][] = ['unsupported', 'required', 'tooLong', 'tooMany', 'type'];

const rulesNotChecked: FieldError = {
  kind: 'invalid',
  path: '',
  value: null,
  detail:
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
};

/**
 * Lets a complete object pass, or says all that is wrong with it.
 *
 * @param before - what it replaces: what is wrong there and unchanged passes
 * @throws {@link StatusError} `Invalid`, or `BadRequest` for wrong types in built-in kinds
 */
export function validateObject(object: KubeObject, target: Target, before?: KubeObject): void {
  const { definition, version } = target;
  const metadata = metadataOf(object);
  const structural = validate(object, version.schema, before);
  const mistyped = definition.isBuiltIn ? structural.find((error) => error.kind === 'type') : undefined;
  if (mistyped) throw undecodable(target, `${mistyped.path}: ${fieldErrorBody(mistyped)}`);
  const isBlocked = structural.some((error) => blocking.includes(error.kind));
  const errors = [
    ...checkName(textOf(metadata['name']) ?? '', definition),
    ...checkClientMeta(metadata),
    ...structural,
    ...(definition.rules.check?.(object, before) ?? []),
    ...(isBlocked && version.schema.hasRules ? [rulesNotChecked] : []),
    ...(isBlocked ? [] : validateRules(object, version.schema, before)),
  ];
  if (errors.length > 0) throw invalid(definition, textOf(metadata['name']) ?? '', errors);
}
