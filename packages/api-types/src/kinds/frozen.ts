import type { TransitionRule } from '../schema/rule.ts';

const UNBOUND = '!has(oldSelf.status) || !has(oldSelf.status.binding)';

/** A rule that holds as long as the VirtualMachine is not bound, and then only if `rule` does. */
export function onceBound(rule: TransitionRule): TransitionRule {
  return { ...rule, rule: `${UNBOUND} || (${rule.rule})` };
}

/** Freezes a required field of `spec` once the VirtualMachine is bound. */
export function frozen(field: string): TransitionRule {
  return onceBound({
    rule: `self.spec.${field} == oldSelf.spec.${field}`,
    message: 'cannot change any more: the virtual machine has been made with it',
    fieldPath: `.spec.${field}`,
  });
}

/** Freezes an optional field of `spec`, its absence included, once the VirtualMachine is bound. */
export function frozenOptional(field: string): TransitionRule {
  return onceBound({
    rule: same('self.spec', 'oldSelf.spec', field),
    message: 'cannot change any more: the virtual machine has been made with it',
    fieldPath: `.spec.${field}`,
  });
}

/** CEL: the optional `field` is equal, or absent, in both. */
export function same(left: string, right: string, field: string): string {
  return `has(${left}.${field}) == has(${right}.${field}) && (!has(${left}.${field}) || ${left}.${field} == ${right}.${field})`;
}

/** CEL: the number of mebibytes that a size such as `4Gi` stands for. */
export function mebibytes(size: string): string {
  return `(int(${size}.substring(0, ${size}.size() - 2)) * (${size}.endsWith('Ti') ? 1048576 : (${size}.endsWith('Gi') ? 1024 : 1)))`;
}
