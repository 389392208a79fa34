import type { Invoker } from '../api/invoker.ts';
import { LibvirtError } from '../libvirt-error.ts';
import { authList, authPolkit, connectOpen, supportsFeature } from '../procedures/connect.ts';
import type { CallOptions } from '../types.ts';
import type { ResolvedOptions } from './resolve-options.ts';

const AUTH_NONE = 0;
const AUTH_POLKIT = 2;
const FEATURE_PROGRAM_KEEPALIVE = 10;
const OPEN_READ_ONLY = 1;

/** What the server said before it opened the hypervisor. */
export interface Greeting {
  /** Whether it sends PINGs and answers ours. */
  readonly keepalive: boolean;
}

/**
 * Authenticates and opens the hypervisor. Asking for keepalive comes in between: from then on the server sends PINGs.
 *
 * @throws LibvirtError `unsupported` when the server wants an authentication that is not built.
 */
export async function handshake(invoker: Invoker, options: ResolvedOptions, limits: CallOptions): Promise<Greeting> {
  await authenticate(invoker, limits);
  const keepalive =
    options.keepalive !== 'off' &&
    (await invoker.call(supportsFeature, { feature: FEATURE_PROGRAM_KEEPALIVE }, limits)).supported;
  await invoker.call(connectOpen, { name: options.name, flags: options.readOnly ? OPEN_READ_ONLY : 0 }, limits);
  return { keepalive };
}

async function authenticate({ call }: Invoker, limits: CallOptions): Promise<void> {
  const { types } = await call(authList, undefined, limits);
  if (types.length === 0 || types.includes(AUTH_NONE)) return;
  if (types.includes(AUTH_POLKIT)) {
    await call(authPolkit, undefined, limits);
    return;
  }
  throw new LibvirtError({
    kind: 'unsupported',
    outcome: 'not-sent',
    message: `libvirtd asks for an authentication that is not built yet (types ${types.join(', ')}); polkit and none are`,
  });
}
