import { Reason, type ServerCall, type ValidateRequest, type ValidateResponse } from '@virtrigaud/grpc-contract/server';
import type { Validation } from '../implementation.ts';
import { ProviderError } from '../provider-error.ts';
import { readContext, type Runtime } from '../runtime.ts';
import { decodePlacement } from '../wire/decode-spec.ts';

/** Validate: asks the hypervisor now. A "no" that the hypervisor gave is an answer; only not being able to ask is an error. */
export async function validate(
  runtime: Runtime,
  request: ValidateRequest,
  call: ServerCall,
): Promise<ValidateResponse> {
  const startedAt = performance.now();
  const validation = await runtime.keeper
    .use((session) => ask(runtime, session, { request, call }))
    .catch((error: unknown): Validation => {
      if (
        error instanceof ProviderError &&
        error.reason !== undefined &&
        error.reason !== Reason.HypervisorUnreachable
      ) {
        return { ok: false, reason: error.reason, message: error.message };
      }
      throw error;
    });
  const nanos = Math.round((performance.now() - startedAt) * 1e6);
  return {
    ok: validation.ok,
    reason: validation.ok ? '' : validation.reason,
    message: validation.message ?? '',
    missingPermissions: validation.ok ? [] : [...(validation.missingPermissions ?? [])],
    latency: { seconds: BigInt(Math.floor(nanos / 1e9)), nanos: nanos % 1e9 },
  };
}

async function ask(
  { implementation, ...runtime }: Runtime,
  session: unknown,
  { request, call }: { readonly request: ValidateRequest; readonly call: ServerCall },
): Promise<Validation> {
  const context = readContext({ implementation, ...runtime }, call);
  const info = await implementation.hypervisor(session, context);
  if (!implementation.validate) return { ok: true, message: info.note };
  const asked = { defaults: decodePlacement(request.defaults), defaultNetwork: request.defaultNetwork };
  const validation = await implementation.validate(session, asked, context);
  return validation.ok ? { ok: true, message: validation.message ?? info.note } : validation;
}
