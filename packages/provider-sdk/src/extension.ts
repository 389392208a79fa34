import { z } from 'zod';
import { invalidField } from './provider-error.ts';

/** Checks `spec.extraConfig` against what the provider takes. Throws InvalidArgument naming each key that is wrong. */
export function checkExtension(schema: z.ZodObject | undefined, extension: Readonly<Record<string, string>>): void {
  const known = Object.keys(schema?.shape ?? {});
  const refused = (keys: string, why: string) =>
    invalidField(`spec.extension["${keys}"]`, `${why}; this provider takes: ${known.join(', ') || 'none'}`);
  // Looked up here, since making the schema strict at each call costs more than the rest of the call.
  const unknown = Object.keys(extension).filter((key) => !known.includes(key));
  if (unknown.length > 0) throw refused(unknown.join(', '), 'is not known');
  const issue = schema?.safeParse(extension).error?.issues[0];
  if (issue) throw refused(issue.path.join('.'), issue.message);
}

/** JSON Schema of `spec.extraConfig`, as GetProviderInfo publishes it. */
export function extensionSchema(schema: z.ZodObject | undefined): Record<string, unknown> {
  return z.toJSONSchema((schema ?? z.object({})).strict());
}
