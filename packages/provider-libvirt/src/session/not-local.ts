import { LibvirtError } from '@virtrigaud/libvirt-client';
import { ProviderError, Reason } from '@virtrigaud/provider-sdk';
import { access } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Says that libvirt is not on the provider's own machine, when that is why its socket could not be opened.
 *
 * A daemon that is merely down leaves the folder of its socket behind, and comes back without anybody's help. Where the folder is missing
 * too (a pod, a machine without libvirt), waiting is no use: somebody has to act.
 *
 * @param error - why no session could be opened.
 * @param endpoint - `spec.endpoint`, for the message.
 */
export async function endpointNotLocal(error: unknown, endpoint: string): Promise<ProviderError | undefined> {
  const path = missingSocketOf(error);
  if (path === undefined || (await isThere(dirname(path)))) return undefined;
  return new ProviderError('FailedPrecondition', {
    reason: Reason.EndpointNotLocal,
    message: `${endpoint} means the machine that this provider runs on, and there is no ${dirname(path)}: start libvirt here, or run the provider where libvirt is`,
    cause: error,
  });
}

function missingSocketOf(error: unknown): string | undefined {
  if (!(error instanceof LibvirtError) || error.kind !== 'lost') return undefined;
  const cause = error.cause as Partial<NodeJS.ErrnoException & { readonly address: string }> | undefined;
  return cause?.code === 'ENOENT' ? cause.address : undefined;
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
