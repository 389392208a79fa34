import type { Json } from '../json-value.ts';
import type { FieldError } from '../status/field-error.ts';
import { listKeys } from './correlate.ts';
import type { StructuralSchema } from './structural-schema.ts';

/** What repeats in a list that is a set, or a map by some of its items' members. */
export function validateListType(
  value: readonly Json[],
  schema: StructuralSchema,
  to: { readonly path: string; readonly errors: FieldError[] },
): void {
  if (schema.listType === 'atomic') return;
  const seen = new Set<string>();
  for (const [index, item] of value.entries()) {
    const identity = schema.listType === 'map' ? listKeys(item, schema) : item;
    const text = JSON.stringify(identity);
    if (seen.has(text))
      to.errors.push({ kind: 'duplicate', path: `${to.path}[${index}]`, value: identity, detail: '' });
    seen.add(text);
  }
}
