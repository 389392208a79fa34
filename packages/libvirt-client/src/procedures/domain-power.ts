import { nothing, struct, uint } from '../xdr/codec.ts';
import { procedure } from './procedure.ts';
import { domain } from './wire-types.ts';

const one = struct({ domain });
const oneAndFlags = struct({ domain, flags: uint });

export const domainCreate = procedure('DOMAIN_CREATE_WITH_FLAGS', {
  number: 196,
  lane: 'long',
  args: oneAndFlags,
  result: one,
});
export const domainShutdown = procedure('DOMAIN_SHUTDOWN_FLAGS', {
  number: 258,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
export const domainDestroy = procedure('DOMAIN_DESTROY_FLAGS', {
  number: 234,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
export const domainReboot = procedure('DOMAIN_REBOOT', {
  number: 27,
  lane: 'long',
  args: oneAndFlags,
  result: nothing,
});
export const domainReset = procedure('DOMAIN_RESET', { number: 245, lane: 'long', args: oneAndFlags, result: nothing });
export const domainSuspend = procedure('DOMAIN_SUSPEND', { number: 34, lane: 'long', args: one, result: nothing });
export const domainResume = procedure('DOMAIN_RESUME', { number: 28, lane: 'long', args: one, result: nothing });
