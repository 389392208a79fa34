import { member } from '../json-value.ts';
import type { Json } from '../json-value.ts';
import type { KubeObject } from '../kube-object.ts';
import type { ResourceDefinition } from '../registry/resource-definition.ts';
import { badRequest } from '../status/refusals.ts';

/** Whether an object is selected. */
export type ObjectFilter = (object: KubeObject) => boolean;

const term = /^([^=!]+)(==|=|!=)(.*)$/;

/**
 * Compiles a field selector like `metadata.name=web,type!=Normal`.
 *
 * @throws {@link StatusError} `BadRequest` for a field that this kind cannot be selected by
 */
export function parseFieldSelector(text: string, definition: ResourceDefinition): ObjectFilter {
  const allowed = ['metadata.name', 'metadata.namespace', ...(definition.rules.selectableFields ?? [])];
  const tests = splitTerms(text).map((each): ObjectFilter => {
    const match = term.exec(each);
    if (!match) throw badRequest(`invalid field selector "${text}": "${each}" is no comparison`);
    const [, path = '', operator, value = ''] = match;
    if (!allowed.includes(path)) throw badRequest(`field label not supported: ${path}`);
    const wanted = value.replace(/\\(.)/g, '$1');
    return (object) => (fieldText(object, path) === wanted) === (operator !== '!=');
  });
  return (object) => tests.every((holds) => holds(object));
}

function fieldText(object: KubeObject, path: string): string {
  if (path === 'source') return scalar(member(object['source'], 'component') ?? object['reportingComponent']);
  return scalar(path.split('.').reduce<Json | undefined>(member, object));
}

function scalar(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** Splits at commas that no backslash escapes. */
function splitTerms(text: string): readonly string[] {
  return text === '' ? [] : text.split(/(?<!\\),/).filter((part) => part !== '');
}
