import { isList, isObject, member } from '../json-value.ts';
import type { Json } from '../json-value.ts';

/** One step into JSON: from some values to the values below them. */
type Step = (values: readonly Json[]) => readonly Json[];

/** A JSONPath, ready to read with: what it finds, in order. */
export type JsonPath = (value: Json) => readonly Json[];

const token =
  /\.((?:[^.[\]\\]|\\.)+)|\['([^']+)'\]|\[(-?\d+)\]|\[\*\]|\[\?\(@((?:\.[\w-]+)+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|([\w.-]+))\)\]/y;

/**
 * Compiles the JSONPath of a column: members, indexes, `[*]`, and filters like `[?(@.type=="Ready")]`.
 *
 * @param refuse - makes the error to throw
 */
export function compileJsonPath(path: string, refuse: (why: string) => Error): JsonPath {
  const steps: Step[] = [];
  let position = 0;
  while (position < path.length) {
    token.lastIndex = position;
    const match = token.exec(path);
    if (!match) throw refuse(`the JSONPath ${path} is not supported from "${path.slice(position)}" on`);
    steps.push(stepOf(match));
    position += match[0].length;
  }
  return (value) => steps.reduce<readonly Json[]>((values, step) => step(values), [value]);
}

function stepOf(match: RegExpExecArray): Step {
  const [, plain, quoted, index, filterPath, comparison, double, single, bare] = match;
  const name = quoted ?? plain?.replace(/\\(.)/g, '$1');
  if (name !== undefined && plain !== '*') return (values) => values.flatMap((value) => present(member(value, name)));
  if (index !== undefined)
    return (values) => values.flatMap((value) => present(isList(value) ? value.at(Number(index)) : undefined));
  if (filterPath !== undefined) {
    const names = filterPath.slice(1).split('.');
    const wanted = double ?? single ?? bare ?? '';
    const isEqual = comparison === '==';
    return (values) =>
      values
        .flatMap((value) => (isList(value) ? value : []))
        .filter((item) => (scalarAt(item, names) === wanted) === isEqual);
  }
  return (values) =>
    values.flatMap((value) => (isList(value) ? value : isObject(value) ? Object.values(value).flatMap(present) : []));
}

const present = (value: Json | undefined): readonly Json[] => (value === undefined || value === null ? [] : [value]);

function scalarAt(item: Json, names: readonly string[]): string | undefined {
  const found = names.reduce<Json | undefined>(member, item);
  return typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean'
    ? String(found)
    : undefined;
}
