import { z } from 'zod';
import { invalidField } from './provider-error.ts';

/** Checks `spec.extraConfig` against what the provider takes. Throws InvalidArgument naming each key that is wrong. */
export function checkExtension(schema: z.ZodObject | undefined, extension: Readonly<Record<string, string>>): void {
  const strict = (schema ?? z.object({})).strict();
  const parsed = strict.safeParse(extension);
  if (parsed.success) return;
  const issue = parsed.error.issues[0];
  const keys = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : String(issue?.path.join('.') ?? '');
  const known = Object.keys(strict.shape).join(', ') || 'none';
  throw invalidField(`spec.extension["${keys}"]`, `${issue?.message ?? 'is wrong'}; this provider takes: ${known}`);
}

/** JSON Schema of `spec.extraConfig`, as GetProviderInfo publishes it. */
export function extensionSchema(schema: z.ZodObject | undefined): Record<string, unknown> {
  return z.toJSONSchema((schema ?? z.object({})).strict());
}
