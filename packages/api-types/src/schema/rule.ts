import type { z } from 'zod';

/** A rule over one state of a value: the API server evaluates `rule`, the parser calls `holds`. */
export interface StateRule<T> {
  /** The rule in CEL, with `self` bound to the value. */
  readonly rule: string;
  /** What the person is told when the rule is broken. */
  readonly message: string;
  /** The field to name, relative to the value that bears the rule, as `.field.field`. */
  readonly fieldPath?: string;
  /** The same rule in TypeScript; a spec holds both against one table of objects. */
  readonly holds: (self: T) => boolean;
}

/** A rule over a change: it reads `oldSelf`, so only the API server, which knows both states, can evaluate it. */
export interface TransitionRule {
  /** The rule in CEL, with `self` and `oldSelf` bound. */
  readonly rule: string;
  /** What the person is told when the rule is broken. */
  readonly message: string;
  /** The field to name, relative to the value that bears the rule, as `.field.field`. */
  readonly fieldPath?: string;
}

/** One entry of `x-kubernetes-validations`. */
export interface ValidationEntry {
  readonly rule: string;
  readonly message: string;
  readonly fieldPath?: string;
}

/** The key under which rules travel from a schema's metadata into the CRD. */
export const VALIDATIONS = 'x-kubernetes-validations';

/** Projects a rule to what a CRD says of it. */
export function toValidationEntry(rule: TransitionRule): ValidationEntry {
  const { message, fieldPath } = rule;
  return fieldPath === undefined ? { rule: rule.rule, message } : { rule: rule.rule, message, fieldPath };
}

/**
 * Gives a schema cross-field rules: the CRD gets them as CEL, the parser checks those that speak of one state.
 *
 * Replaces `.refine`, which would check here and be lost in the CRD.
 */
export function withRules<S extends z.ZodType>(
  schema: S,
  rules: readonly (StateRule<z.output<S>> | TransitionRule)[],
): S {
  const checked = schema.check((context) => {
    for (const rule of rules) {
      if (!('holds' in rule) || rule.holds(context.value)) continue;
      context.issues.push({
        code: 'custom',
        message: rule.message,
        input: context.value,
        path: rule.fieldPath?.split('.').filter(Boolean) ?? [],
      });
    }
  });
  return checked.meta({ ...schema.meta(), [VALIDATIONS]: rules.map(toValidationEntry) });
}
