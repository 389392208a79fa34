import { z } from 'zod';

/** A list of scalars in which each value occurs once (`x-kubernetes-list-type: set`). */
export function setOf<S extends z.ZodType>(item: S, limits: { readonly max: number }) {
  return z
    .array(item)
    .max(limits.max)
    .check((context) => {
      if (new Set(context.value).size === context.value.length) return;
      context.issues.push({ code: 'custom', message: 'holds a value twice', input: context.value, path: [] });
    })
    .meta({ 'x-kubernetes-list-type': 'set' });
}

/** A list whose order counts and whose items have no identity (`x-kubernetes-list-type: atomic`). */
export function listOf<S extends z.ZodType>(item: S, limits: { readonly max: number }) {
  return z.array(item).max(limits.max).meta({ 'x-kubernetes-list-type': 'atomic' });
}

/** A list of objects of which no two agree in all of `keys` (`x-kubernetes-list-type: map`). */
export function mapOf<S extends z.ZodObject>(
  item: S,
  limits: { readonly keys: readonly (keyof z.output<S> & string)[]; readonly max: number },
) {
  return z
    .array(item)
    .max(limits.max)
    .check((context) => {
      const seen = new Set<string>();
      context.value.forEach((entry, index) => {
        const key = JSON.stringify(limits.keys.map((name) => (entry as Record<string, unknown>)[name]));
        if (seen.has(key)) {
          const message = `repeats the ${limits.keys.join(' and ')} of an earlier entry`;
          context.issues.push({ code: 'custom', message, input: entry, path: [index] });
        }
        seen.add(key);
      });
    })
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': [...limits.keys] });
}

/** An object of free keys and text values, bounded in number and length. */
export function textMap(limits: { readonly maxEntries: number; readonly maxValueLength: number }) {
  return z
    .record(z.string().max(317), z.string().max(limits.maxValueLength))
    .check((context) => {
      if (Object.keys(context.value).length <= limits.maxEntries) return;
      const message = `has more than ${limits.maxEntries} entries`;
      context.issues.push({ code: 'custom', message, input: context.value, path: [] });
    })
    .meta({ maxProperties: limits.maxEntries });
}
