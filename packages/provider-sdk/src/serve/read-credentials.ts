import type { CredentialSource } from '@virtrigaud/service-kit';
import type { z } from 'zod';
import { Reason } from '@virtrigaud/grpc-contract/server';
import { ProviderError } from '../provider-error.ts';

/** Checks the credentials against the implementation's schema. Throws naming the keys that are wrong, never their values. */
export function readCredentials(schema: z.ZodType | undefined, source: CredentialSource): unknown {
  if (!schema) return undefined;
  const parsed = schema.safeParse(source.current());
  if (parsed.success) return parsed.data;
  const keys = [...new Set(parsed.error.issues.map((issue) => issue.path.join('.') || '(all)'))];
  throw new ProviderError('FailedPrecondition', {
    reason: Reason.CredentialsIncomplete,
    message: `the credentials Secret lacks, or has wrong: ${keys.join(', ')}`,
  });
}
