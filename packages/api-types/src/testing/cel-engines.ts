import { isCelError, run, type CelInput } from '@bufbuild/cel';
import { strings } from '@bufbuild/cel/ext';
import { evaluate } from '@marcbachmann/cel-js';

/** What a rule may read: `self`, and `oldSelf` where there is one; integers are bigint. */
export type Bindings = Readonly<Record<string, unknown>>;

/** Evaluates a CEL rule. */
export interface CelEngine {
  readonly name: string;
  readonly holds: (rule: string, bindings: Bindings) => boolean;
}

const truth = (rule: string, result: unknown): boolean => {
  if (typeof result === 'boolean') return result;
  throw new TypeError(`${rule} does not answer true or false, but ${String(result)}`);
};

/** Two independent implementations: a rule that they read differently is a rule to write differently. */
export const engines: readonly CelEngine[] = [
  { name: '@marcbachmann/cel-js', holds: (rule, bindings) => truth(rule, evaluate(rule, bindings)) },
  {
    name: '@bufbuild/cel',
    holds: (rule, bindings) => {
      const result = run(rule, bindings as Record<string, CelInput>, { funcs: strings });
      if (isCelError(result)) throw new TypeError(`${rule}: ${result.message}`);
      return truth(rule, result);
    },
  },
];
